import { type Context, type Handler, Hono } from "hono";
import { cors } from "hono/cors";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { accessLog } from "./api/access_log.ts";
import { bearerAuth } from "./api/auth.ts";
import { completions } from "./api/completions/route.ts";
import { conversationRoutes } from "./api/conversations/route.ts";
import { chatCompletions } from "./api/chat_completions/route.ts";
import {
  deleteCompletion,
  listCompletionMessages,
  listCompletions,
  retrieveCompletion,
  updateCompletion,
} from "./api/chat_completions/stored.ts";
import type { ApiEnv, ApiPorts } from "./api/context.ts";
import {
  INTERNAL_ERROR,
  MethodNotAllowedError,
  toWireError,
  UnknownRouteError,
} from "./api/errors.ts";
import { metrics as metricsRoute, type MetricsOptions } from "./api/metrics.ts";
import { listModels, retrieveModel } from "./api/models.ts";
import { openApiDocument } from "./api/openapi/document.ts";
import { RATE_LIMIT_HEADERS, rateLimit } from "./api/rate_limit.ts";
import { compactResponse } from "./api/responses/compact.ts";
import { countInputTokens } from "./api/responses/input_tokens.ts";
import { responses } from "./api/responses/route.ts";
import { type OpenSocket, responsesSocket } from "./api/responses/socket.ts";
import {
  cancelResponse,
  deleteResponse,
  listInputItems,
  retrieveResponse,
} from "./api/responses/stored.ts";
import { unlessUpgrade } from "./api/upgrade.ts";
import { detokenize, tokenize } from "./api/tokens.ts";
import type { RateLimits } from "./chat/rate_limits.ts";
import { REFERENCE_PAGE } from "./ui/reference_page.ts";
import { pagePolicy } from "./ui/page_policy.ts";
import { PAGE } from "./ui/page.ts";

/** What an app is made of. */
export interface AppOptions extends ApiPorts {
  readonly auth: {
    /** Who may use `/v1`: tokens, or `sha256:` and the digest of one. Empty: everyone. */
    readonly keys: readonly string[];
  };
  /** What each tenant may ask for. Absent: anything. */
  readonly rateLimits?: RateLimits;
  /** The origins whose pages may use the API in a browser: of any page if `*` is among them. Absent: of none. */
  readonly corsOrigins?: readonly string[];
  /** Turns requests into WebSockets. Absent: there are none. */
  readonly openSocket?: OpenSocket;
  /** Aborts when the server stops: sockets are closed then. */
  readonly closing?: AbortSignal;
  /** What is shown at `/metrics`, and to whom. Absent: there is no such path. */
  readonly metrics?: MetricsOptions;
  /** Shown at `/health`. */
  readonly version?: string;
}

type Method = "GET" | "POST" | "DELETE";

/** How long a browser may remember what pages of another origin may do. Chrome's own limit. */
const PREFLIGHT_SECONDS = 7_200;

/** A status that servers note when the client left before there was a reply. Nobody receives it. */
const CLIENT_CLOSED_REQUEST = 499;

/** A page, with the policy that lets it run its own script and no other. */
function page(html: string): Handler<ApiEnv> {
  return async (c) => c.html(html, 200, { "content-security-policy": await pagePolicy(html) });
}

/**
 * The HTTP app over a chat service.
 *
 * It has no state of its own and asks nothing of its runtime but Fetch, Streams and Web Crypto: give its `fetch` to
 * whatever serves HTTP.
 */
export function createApp(
  { auth, rateLimits, corsOrigins = [], openSocket, closing, metrics, version, ...ports }:
    AppOptions,
): Hono<ApiEnv> {
  const { chat, clock, log, newId } = ports;
  const app = new Hono<ApiEnv>();

  app.use(requestId({ generator: () => newId("req_") }));
  app.use(accessLog(log, clock, metrics?.onHandled));
  app.use(unlessUpgrade(
    secureHeaders({
      // Whatever is no page has nothing to load. A page says itself what it may do.
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      // That is for whoever answers for the whole domain, and its certificates, to promise.
      strictTransportSecurity: false,
      xFrameOptions: "DENY",
      overwrite: false,
    }),
  ));
  if (corsOrigins.length > 0) {
    app.use(unlessUpgrade(
      cors({
        origin: corsOrigins.includes("*") ? "*" : [...corsOrigins],
        allowMethods: ["GET", "HEAD", "POST", "DELETE"],
        exposeHeaders: ["x-request-id", "retry-after", "retry-after-ms", ...RATE_LIMIT_HEADERS],
        maxAge: PREFLIGHT_SECONDS,
      }),
    ));
  }
  for (const path of ["/v1/*", "/tokenize", "/detokenize"]) {
    app.use(path, bearerAuth(auth.keys));
    if (rateLimits) app.use(path, rateLimit(rateLimits));
  }

  const socket = (open: OpenSocket) =>
    responsesSocket(ports, {
      open,
      origins: corsOrigins,
      admit: (tenant) => rateLimits?.admitRequest(tenant),
      ...(closing ? { closing } : {}),
    });
  const routes: readonly (readonly [Method, string, Handler<ApiEnv>])[] = [
    ["GET", "/v1/models", listModels(chat)],
    ["GET", "/v1/models/:id{.+}", retrieveModel(chat)],
    ["POST", "/v1/chat/completions", chatCompletions(ports)],
    ["GET", "/v1/chat/completions", listCompletions(ports)],
    ["GET", "/v1/chat/completions/:id", retrieveCompletion(ports)],
    ["POST", "/v1/chat/completions/:id", updateCompletion(ports)],
    ["DELETE", "/v1/chat/completions/:id", deleteCompletion(ports)],
    ["GET", "/v1/chat/completions/:id/messages", listCompletionMessages(ports)],
    ["POST", "/v1/completions", completions(ports)],
    ["POST", "/tokenize", tokenize(ports)],
    ["POST", "/detokenize", detokenize(ports)],
    ["POST", "/v1/responses", responses(ports)],
    ...(openSocket ? [["GET", "/v1/responses", socket(openSocket)] as const] : []),
    ["GET", "/v1/responses/:id", retrieveResponse(ports)],
    ["DELETE", "/v1/responses/:id", deleteResponse(ports)],
    ["POST", "/v1/responses/:id/cancel", cancelResponse(ports)],
    ["GET", "/v1/responses/:id/input_items", listInputItems(ports)],
    // After what they look like, so that logs know them by their own paths.
    ["POST", "/v1/responses/input_tokens", countInputTokens(ports)],
    ["POST", "/v1/responses/compact", compactResponse(ports)],
    ...conversationRoutes(ports),
    ["GET", "/", page(PAGE)],
    ["GET", "/docs", page(REFERENCE_PAGE)],
    ["GET", "/openapi.json", (c) => c.json(description ??= describe())],
    ["GET", "/health", (c) => c.json({ status: "ok", ...(version ? { version } : {}) })],
    ...(metrics ? [["GET", "/metrics", metricsRoute(metrics)] as const] : []),
  ];
  // Made when somebody asks: few do, and what starts should start.
  let description: object | undefined;
  const describe = (): object =>
    openApiDocument({
      routes: routes.map(([method, path]) => [method, path]),
      version: version ?? "0",
      secured: auth.keys.length > 0,
    });
  for (const [method, path, handler] of routes) app.on(method, path, handler);
  for (const [path, own] of Map.groupBy(routes, ([, path]) => path)) {
    const allowed = own.flatMap(([method]) => method === "GET" ? ["GET", "HEAD"] : [method]);
    app.all(path, (c) => {
      throw new MethodNotAllowedError(c.req.method, allowed);
    });
  }

  const replyTo = (error: unknown, c: Context<ApiEnv>): Response => {
    const reply = toWireError(error) ?? INTERNAL_ERROR;
    if (c.req.raw.signal.aborted) return new Response(null, { status: CLIENT_CLOSED_REQUEST });
    if (reply.status >= 500) {
      log.error("request failed", { request_id: c.get("requestId"), error });
    }
    return c.json({ error: reply.body }, reply.status, { ...reply.headers });
  };
  app.onError(replyTo);
  // Not thrown: what is thrown here would pass by the middleware that has something to add, or to log.
  app.notFound((c) => replyTo(new UnknownRouteError(c.req.method, c.req.path), c));
  return app;
}
