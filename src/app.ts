import { type Context, type Handler, Hono } from "hono";
import { cors } from "hono/cors";
import { requestId } from "hono/request-id";
import { TrieRouter } from "hono/router/trie-router";
import { secureHeaders } from "hono/secure-headers";
import { getPath } from "hono/utils/url";
import { accessLog } from "./api/access_log.ts";
import { ApiPaths } from "./api/api_paths.ts";
import { bearerAuth } from "./api/auth.ts";
import { browserBoundary } from "./api/browser_boundary.ts";
import { browserGuard } from "./api/browser_tokens/browser_guard.ts";
import { BrowserScope } from "./api/browser_tokens/browser_scope.ts";
import type { BrowserTokens } from "./api/browser_tokens/browser_tokens.ts";
import { UPLOAD_HEADERS } from "./api/conversations/ingest.ts";
import { conversationRoutes } from "./api/conversations/route.ts";
import { chatCompletions } from "./api/chat_completions/route.ts";
import type { ApiEnv, ApiPorts } from "./api/context.ts";
import { INTERNAL_ERROR, MethodNotAllowedError, UnknownRouteError } from "./api/errors.ts";
import { toWireError } from "./api/to_wire_error.ts";
import { ONCE_HEADERS, onceEach } from "./api/idempotency/once_each.ts";
import { lazyHandler } from "./api/lazy_handler.ts";
import { metrics as metricsRoute, type MetricsOptions } from "./api/metrics.ts";
import { listModels, retrieveModel } from "./api/models.ts";
import { allowsOrigin } from "./api/origins.ts";
import { RATE_LIMIT_HEADERS, rateLimit } from "./api/rate_limit.ts";
import { IGNORED_HEADER } from "./api/requests/ignored.ts";
import { tellIgnored } from "./api/requests/tell_ignored.ts";
import type { OpenSocket, SocketLimits } from "./api/responses/socket.ts";
import { SocketPlaces } from "./api/responses/socket_places.ts";
import { type TenantClaim, Tenants } from "./api/tenants.ts";
import { unlessUpgrade } from "./api/upgrade.ts";
import type { RateLimits } from "./chat/rate_limits.ts";

/** What an app is made of. */
export interface AppOptions extends ApiPorts {
  readonly auth: {
    /** Who may use `/v1`, as `parseKeyEntry` has it. Empty: everyone. */
    readonly keys: readonly string[];
    /** What names of keys have that was stored before they were given. */
    readonly claims?: readonly TenantClaim[];
    /** Makes and opens the tokens of pages. Absent: there are none. */
    readonly tokens?: BrowserTokens;
  };
  /** What each tenant may ask for. Absent: anything. */
  readonly rateLimits?: RateLimits;
  /** The origins whose pages may use the API in a browser, as `isOriginPattern` has them. Absent: none. */
  readonly corsOrigins?: readonly string[];
  /**
   * Names that the server goes by, besides loopback and IP addresses: without keys, requests for others are refused.
   * `*`: any. Absent: any, because the platform routes requests by their host.
   */
  readonly hosts?: readonly string[];
  /** Turns requests into WebSockets. Absent: there are none. */
  readonly openSocket?: OpenSocket;
  /** Absent: any number, for as long as they like. */
  readonly sockets?: SocketLimits;
  /** Aborts when the server stops: sockets are closed then. */
  readonly closing?: AbortSignal;
  /** What is shown at `/metrics`, and to whom. Absent: there is no such path. */
  readonly metrics?: MetricsOptions;
  /** Shown at `/health`. */
  readonly version?: string;
}

type Method = "GET" | "POST" | "DELETE";

/** The longest time that a timer can wait, in milliseconds: more than a socket may be open. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** How long a browser may remember what pages of another origin may do. Chrome's own limit. */
const PREFLIGHT_SECONDS = 7_200;

/** A status that servers note when the client left before there was a reply. Nobody receives it. */
const CLIENT_CLOSED_REQUEST = 499;

const making = () => import("./api/responses/route.ts");
const stored = () => import("./api/responses/stored.ts");
const kept = () => import("./api/chat_completions/stored.ts");
const raw = () => import("./api/completions/route.ts");
const tokens = () => import("./api/tokens.ts");
const ui = () => import("./ui/page_routes.tsx");

/** A page, with the policy that lets it run its own script and no other. */
function page(load: () => Promise<string>): Handler<ApiEnv> {
  return async (c) => {
    const [html, { pagePolicy }] = await Promise.all([load(), import("./ui/page_policy.ts")]);
    return c.html(html, 200, { "content-security-policy": await pagePolicy(html) });
  };
}

/**
 * The HTTP app over a chat service.
 *
 * It has no state of its own and asks nothing of its runtime but Fetch, Streams and Web Crypto: give its `fetch` to
 * whatever serves HTTP.
 */
export function createApp(
  {
    auth,
    rateLimits,
    corsOrigins = [],
    hosts,
    openSocket,
    sockets = { places: new SocketPlaces(Infinity), idleMs: LONGEST_TIMER },
    closing,
    metrics,
    version,
    ...ports
  }: AppOptions,
): Hono<ApiEnv> {
  const { chat, clock, log, newId } = ports;
  // The first request does not wait for its tables, as it would for those of the usual router.
  const app = new Hono<ApiEnv>({
    router: new TrieRouter(),
    getPath: (request) => paths.meant(getPath(request)),
  });

  app.use(requestId({ generator: () => newId("req_") }));
  app.use(accessLog(log, clock, metrics?.onHandled));
  app.use(tellIgnored(ports.ignoredLog));
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
        origin: corsOrigins.includes("*")
          ? "*"
          : (origin) => allowsOrigin(corsOrigins, origin) ? origin : null,
        allowMethods: ["GET", "HEAD", "POST", "DELETE"],
        exposeHeaders: [
          "x-request-id",
          "retry-after",
          "retry-after-ms",
          IGNORED_HEADER,
          ...UPLOAD_HEADERS,
          ...ONCE_HEADERS,
          ...RATE_LIMIT_HEADERS,
        ],
        maxAge: PREFLIGHT_SECONDS,
      }),
    ));
  }
  if (auth.keys.length === 0) app.use(browserBoundary({ hosts, origins: corsOrigins }));
  app.use("/v1/*", bearerAuth(new Tenants(auth.keys, auth.claims), auth.tokens));
  if (rateLimits) app.use("/v1/*", rateLimit(rateLimits));

  const socket = (open: OpenSocket) =>
    lazyHandler(async () =>
      (await import("./api/responses/socket.ts")).responsesSocket(ports, {
        open,
        origins: corsOrigins,
        limits: sockets,
        admit: (tenant) => rateLimits?.admitRequest(tenant),
        permit: async (grant, message) => {
          auth.tokens?.requireCurrent(grant);
          auth.tokens?.admitRequest(grant);
          const { SOCKET_MESSAGE } = await import("./api/responses/schema.ts");
          await new BrowserScope(ports, grant).requireAnswer(SOCKET_MESSAGE, message);
        },
        ...(closing ? { closing } : {}),
      })
    );
  const routes: readonly (readonly [Method, string, Handler<ApiEnv>])[] = [
    ["GET", "/v1/models", listModels(chat)],
    ["GET", "/v1/models/:id{.+}", retrieveModel(chat)],
    ["POST", "/v1/chat/completions", chatCompletions(ports)],
    ["GET", "/v1/chat/completions", lazyHandler(async () => (await kept()).listCompletions(ports))],
    [
      "GET",
      "/v1/chat/completions/:id",
      lazyHandler(async () => (await kept()).retrieveCompletion(ports)),
    ],
    [
      "POST",
      "/v1/chat/completions/:id",
      lazyHandler(async () => (await kept()).updateCompletion(ports)),
    ],
    [
      "DELETE",
      "/v1/chat/completions/:id",
      lazyHandler(async () => (await kept()).deleteCompletion(ports)),
    ],
    [
      "GET",
      "/v1/chat/completions/:id/messages",
      lazyHandler(async () => (await kept()).listCompletionMessages(ports)),
    ],
    ["POST", "/v1/completions", lazyHandler(async () => (await raw()).completions(ports))],
    ["POST", "/v1/tokenize", lazyHandler(async () => (await tokens()).tokenize(ports))],
    ["POST", "/v1/detokenize", lazyHandler(async () => (await tokens()).detokenize(ports))],
    ["POST", "/v1/responses", lazyHandler(async () => (await making()).responses(ports))],
    [
      "GET",
      "/v1/responses/:id",
      lazyHandler(async () => (await stored()).retrieveResponse(ports)),
    ],
    [
      "DELETE",
      "/v1/responses/:id",
      lazyHandler(async () => (await stored()).deleteResponse(ports)),
    ],
    [
      "POST",
      "/v1/responses/:id/cancel",
      lazyHandler(async () => (await stored()).cancelResponse(ports)),
    ],
    [
      "GET",
      "/v1/responses/:id/input_items",
      lazyHandler(async () => (await stored()).listInputItems(ports)),
    ],
    [
      "GET",
      "/v1/responses/:id/state",
      lazyHandler(async () => (await import("./api/responses/state.ts")).showState(ports)),
    ],
    ...(openSocket ? [["GET", "/v1/responses", socket(openSocket)] as const] : []),
    // After what they look like, so that logs know them by their own paths.
    [
      "POST",
      "/v1/responses/input_tokens",
      lazyHandler(async () =>
        (await import("./api/responses/input_tokens.ts")).countInputTokens(ports)
      ),
    ],
    [
      "POST",
      "/v1/responses/compact",
      lazyHandler(async () => (await import("./api/responses/compact.ts")).compactResponse(ports)),
    ],
    ...conversationRoutes(ports),
    [
      "POST",
      "/v1/browser_tokens",
      lazyHandler(async () =>
        (await import("./api/browser_tokens/route.ts")).createBrowserToken(ports, auth.tokens)
      ),
    ],
    ["GET", "/", lazyHandler(async () => (await ui()).showPage())],
    ["GET", "/assets/page.js", lazyHandler(async () => (await ui()).serveAsset("page.js"))],
    ["GET", "/assets/page.css", lazyHandler(async () => (await ui()).serveAsset("page.css"))],
    ["GET", "/docs", page(async () => (await import("./ui/reference_page.ts")).REFERENCE_PAGE)],
    ["GET", "/openapi.json", async (c) => c.json(await (description ??= describe()))],
    ["GET", "/health", (c) => c.json({ status: "ok", ...(version ? { version } : {}) })],
    ...(metrics ? [["GET", "/metrics", metricsRoute(metrics)] as const] : []),
  ];
  const paths = new ApiPaths(routes.map(([, path]) => path));
  // Made when somebody asks: few do, and what starts should start.
  let description: Promise<object> | undefined;
  const describe = async (): Promise<object> => {
    const { openApiDocument } = await import("./api/openapi/document.ts");
    return openApiDocument({
      routes: routes.map(([method, path]) => [method, path]),
      version: version ?? "0",
      secured: auth.keys.length > 0,
      strict: ports.strict,
    });
  };
  const once = onceEach(ports);
  for (const [method, path, handler] of routes) {
    // First whether the request may do this at all: a kept reply is for nobody else.
    const guard = browserGuard(`${method} ${path}`, ports);
    app.on(method, path, guard, once(method, path, handler));
  }
  for (const [path, own] of Map.groupBy(routes, ([, path]) => path)) {
    const allowed = own.flatMap(([method]) => method === "GET" ? ["GET", "HEAD"] : [method]);
    app.all(path, (c) => {
      // A browser that asks for another page must not take the answer for a permission.
      if (c.req.method === "OPTIONS" && !c.req.header("access-control-request-method")) {
        return c.body(null, 204, { allow: [...allowed, "OPTIONS"].join(", ") });
      }
      throw new MethodNotAllowedError(c.req.method, allowed);
    });
  }

  const replyTo = (thrown: unknown, c: Context<ApiEnv>): Response => {
    const error = c.get("notes")?.renamed(thrown) ?? thrown;
    const reply = toWireError(error) ?? INTERNAL_ERROR;
    if (c.req.raw.signal.aborted) return new Response(null, { status: CLIENT_CLOSED_REQUEST });
    if (reply.status >= 500) {
      log.error("request failed", { request_id: c.get("requestId"), error });
    }
    return c.json({ error: reply.body }, reply.status, { ...reply.headers });
  };
  app.onError(replyTo);
  // Not thrown: what is thrown here would pass by the middleware that has something to add, or to log.
  app.notFound((c) => replyTo(new UnknownRouteError(c.req.method, getPath(c.req.raw)), c));
  return app;
}
