import { type Handler, Hono } from "hono";
import { requestId } from "hono/request-id";
import { accessLog } from "./api/access_log.ts";
import { bearerAuth } from "./api/auth.ts";
import { chatCompletions } from "./api/chat_completions/route.ts";
import type { ApiEnv, ApiPorts } from "./api/context.ts";
import {
  INTERNAL_ERROR,
  MethodNotAllowedError,
  toWireError,
  UnknownRouteError,
} from "./api/errors.ts";
import { listModels, retrieveModel } from "./api/models.ts";
import { responses } from "./api/responses/route.ts";
import {
  cancelResponse,
  deleteResponse,
  listInputItems,
  retrieveResponse,
} from "./api/responses/stored.ts";
import { PAGE, PAGE_POLICY } from "./ui/page.ts";

/** What an app is made of. */
export interface AppOptions extends ApiPorts {
  readonly auth: {
    /** Who may use `/v1`: tokens, or `sha256:` and the digest of one. Empty: everyone. */
    readonly keys: readonly string[];
  };
  /** Shown at `/health`. */
  readonly version?: string;
}

type Method = "GET" | "POST" | "DELETE";

/** A status that servers note when the client left before there was a reply. Nobody receives it. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * The HTTP app over a chat service.
 *
 * It has no state of its own and asks nothing of its runtime but Fetch, Streams and Web Crypto: give its `fetch` to
 * whatever serves HTTP.
 */
export function createApp({ auth, version, ...ports }: AppOptions): Hono<ApiEnv> {
  const { chat, clock, log, newId } = ports;
  const app = new Hono<ApiEnv>();

  app.use(requestId({ generator: () => newId("req_") }));
  app.use(accessLog(log, clock));
  app.use("/v1/*", bearerAuth(auth.keys));

  const routes: readonly (readonly [Method, string, Handler<ApiEnv>])[] = [
    ["GET", "/", (c) => c.html(PAGE, 200, { "content-security-policy": PAGE_POLICY })],
    ["GET", "/health", (c) => c.json({ status: "ok", ...(version ? { version } : {}) })],
    ["GET", "/v1/models", listModels(chat)],
    ["GET", "/v1/models/:id{.+}", retrieveModel(chat)],
    ["POST", "/v1/chat/completions", chatCompletions(ports)],
    ["POST", "/v1/responses", responses(ports)],
    ["GET", "/v1/responses/:id", retrieveResponse(ports)],
    ["DELETE", "/v1/responses/:id", deleteResponse(ports)],
    ["POST", "/v1/responses/:id/cancel", cancelResponse(ports)],
    ["GET", "/v1/responses/:id/input_items", listInputItems(ports)],
  ];
  const allowed = new Map<string, string[]>();
  for (const [method, path, handler] of routes) {
    app.on(method, path, handler);
    const methods = allowed.get(path) ?? [];
    allowed.set(path, [...methods, ...method === "GET" ? ["GET", "HEAD"] : [method]]);
  }
  for (const [path, methods] of allowed) {
    app.all(path, (c) => {
      throw new MethodNotAllowedError(c.req.method, methods);
    });
  }

  app.notFound((c) => {
    throw new UnknownRouteError(c.req.method, c.req.path);
  });
  app.onError((error, c) => {
    const reply = toWireError(error) ?? INTERNAL_ERROR;
    if (c.req.raw.signal.aborted) return new Response(null, { status: CLIENT_CLOSED_REQUEST });
    if (reply.status >= 500) {
      log.error("request failed", { request_id: c.get("requestId"), error });
    }
    return c.json({ error: reply.body }, reply.status, { ...reply.headers });
  });
  return app;
}
