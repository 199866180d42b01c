import { ROUTES } from "../../src/routes.ts";

/** Every route with its schemas, and the name `METHOD /path`. */
export const ALL_ROUTES = await Promise.all(ROUTES.map(async (route) => ({
  ...route,
  name: `${route.method} ${route.path}`,
  ...await route.schemas(),
})));
