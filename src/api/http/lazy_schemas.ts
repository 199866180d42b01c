import type { RouteSchemas } from "./route.ts";

/**
 * Schemas that are loaded for the description only, to keep start-up fast.
 *
 * @param load imports the modules of a family's schemas
 * @returns a function that picks those of one route
 */
export function lazySchemas<Loaded>(
  load: () => Promise<Loaded>,
): (pick: (loaded: Loaded) => RouteSchemas) => () => Promise<RouteSchemas> {
  return (pick) => async () => pick(await load());
}
