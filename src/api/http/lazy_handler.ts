import type { Handler } from "hono";
import type { ApiEnv } from "./context.ts";
import type { MakeHandler, RoutePorts } from "./route.ts";

/**
 * A handler whose module is loaded at its first request, to keep start-up fast.
 *
 * @param load imports the module and makes the handler
 */
export function lazyHandler(
  load: (ports: RoutePorts) => Promise<Handler<ApiEnv>>,
): MakeHandler {
  return (ports) => {
    let loading: Promise<Handler<ApiEnv>> | undefined;
    return async function lazyHandler(c, next) {
      const handler = await (loading ??= load(ports));
      return await handler(c, next);
    };
  };
}
