import type { Context, MiddlewareHandler } from "hono";
import { readJson } from "../http/body.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { type Access, BrowserScope } from "./browser_scope.ts";
import { BrowserTokenForbiddenError } from "./errors.ts";

/** What a request must be so that it may be made with a browser token. */
type Rule = (
  scope: BrowserScope,
  c: Context<ApiEnv>,
  ports: ApiPorts,
) => Promise<void> | void;

const anything: Rule = () => {};

const conversation = (access: Access): Rule => (scope, c) =>
  scope.require(access, c.req.param("id") ?? "");

const response = (access: Access): Rule => (scope, c) =>
  scope.requireResponse(access, c.req.param("id") ?? "");

/** The handler reads the body again. What is understood of it is loaded with the first. */
const answer: Rule = async (scope, c, { limits }) => {
  const body = await readJson(c.req.raw.clone(), limits.maxBodyBytes);
  const { RESPONSE } = await import("../responses/schema.ts");
  await scope.requireAnswer(RESPONSE, body);
};

/** An answer, of which nothing is kept beside the conversation. */
const chat: Rule = async (scope, c, { limits }) => {
  const body = await readJson(c.req.raw.clone(), limits.maxBodyBytes);
  const { CHAT_COMPLETION } = await import("../chat_completions/schema.ts");
  const { store } = await scope.requireAnswer(CHAT_COMPLETION, body);
  if (store) {
    throw new BrowserTokenForbiddenError(
      "With a browser token nothing is kept beside the conversation.",
      "store",
    );
  }
};

/** The routes that a browser token may use, and what is checked there. It may use no other. */
const BROWSER_ROUTES: Readonly<Record<string, Rule>> = {
  "GET /v1/models": anything,
  "GET /v1/models/:id{.+}": anything,
  "GET /v1/conversations/:id": conversation("read"),
  "GET /v1/conversations/:id/items": conversation("read"),
  "GET /v1/conversations/:id/items/:item": conversation("read"),
  "GET /v1/conversations/:id/branches": conversation("read"),
  "POST /v1/conversations/:id/fork": conversation("fork"),
  "POST /v1/responses": answer,
  "GET /v1/responses/:id": response("read"),
  "GET /v1/responses/:id/input_items": response("read"),
  "POST /v1/responses/:id/cancel": response("write"),
  // A WebSocket, of which each message is checked as the body of `POST` is.
  "GET /v1/responses": anything,
  "POST /v1/chat/completions": chat,
};

/**
 * Comes before the handler of a route, and refuses requests with a browser token unless the table above allows them.
 * Those with a key pass.
 *
 * @param route the method and path of the route
 */
export function browserGuard(route: string, ports: ApiPorts): MiddlewareHandler<ApiEnv> {
  const rule = Object.hasOwn(BROWSER_ROUTES, route) ? BROWSER_ROUTES[route] : undefined;
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
