import type { MiddlewareHandler } from "hono";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import type { BrowserRule } from "./browser_rules.ts";
import { BrowserScope } from "./browser_scope.ts";
import { BrowserTokenForbiddenError } from "./errors.ts";

/**
 * Runs before the handler of a route, and refuses requests with a browser token unless the route's rule allows them.
 * Requests with a key pass.
 *
 * @param rule absent: browser tokens may not use the route
 */
export function browserGuard(
  rule: BrowserRule | undefined,
  ports: ApiPorts,
): MiddlewareHandler<ApiEnv> {
  return async function browserGuard(c, next) {
    const grant = c.get("grant");
    if (grant !== undefined) {
      if (rule === undefined) {
        throw new BrowserTokenForbiddenError("A browser token may not do this.");
      }
      await rule(new BrowserScope(ports, grant), c, ports);
    }
    await next();
  };
}
