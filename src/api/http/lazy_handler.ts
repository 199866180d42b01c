import type { Handler } from "hono";
import type { ApiEnv } from "./context.ts";

/**
 * A handler whose module is loaded at its first request, so that a server that starts does not wait for what few requests
 * need.
 *
 * @param load imports the module and makes the handler
 */
export function lazyHandler(load: () => Promise<Handler<ApiEnv>>): Handler<ApiEnv> {
  let loading: Promise<Handler<ApiEnv>> | undefined;
  return async function lazyHandler(c, next) {
    const handler = await (loading ??= load());
    return await handler(c, next);
  };
}
