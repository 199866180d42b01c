import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import { requestId } from "hono/request-id";
import { TrieRouter } from "hono/router/trie-router";
import { secureHeaders } from "hono/secure-headers";
import { getPath } from "hono/utils/url";
import { bearerAuth } from "./api/access/auth.ts";
import { browserBoundary } from "./api/access/browser_boundary.ts";
import { allowsOrigin } from "./api/access/origins.ts";
import { RATE_LIMIT_HEADERS, rateLimit } from "./api/access/rate_limit.ts";
import { type TenantClaim, Tenants } from "./api/access/tenants.ts";
import { browserGuard } from "./api/browser_tokens/browser_guard.ts";
import { BrowserScope } from "./api/browser_tokens/browser_scope.ts";
import type { BrowserTokens } from "./api/browser_tokens/browser_tokens.ts";
import { UPLOAD_HEADERS } from "./api/conversations/uploads.ts";
import { INTERNAL_ERROR, MethodNotAllowedError, UnknownRouteError } from "./api/errors/errors.ts";
import { logFailure } from "./api/errors/log_failure.ts";
import { toWireError } from "./api/errors/to_wire_error.ts";
import { accessLog } from "./api/http/access_log.ts";
import { ApiPaths } from "./api/http/api_paths.ts";
import type { ApiEnv, ApiPorts } from "./api/http/context.ts";
import type { Route, RoutePorts } from "./api/http/route.ts";
import { unlessUpgrade } from "./api/http/upgrade.ts";
import { ONCE_HEADERS, onceEach } from "./api/idempotency/once_each.ts";
import type { MetricsOptions } from "./api/metrics/metrics.ts";
import type { SharedModel } from "./api/models/shared_model.ts";
import { IGNORED_HEADER } from "./api/requests/ignored.ts";
import { tellIgnored } from "./api/requests/tell_ignored.ts";
import type { OpenSocket, SocketLimits, SocketOptions } from "./api/responses/socket.ts";
import type { Readiness } from "./api/server/readiness.ts";
import { SocketPlaces } from "./api/responses/socket_places.ts";
import type { RateLimits } from "./limits/rate_limits.ts";

/** What an app is made of. */
export interface AppOptions extends ApiPorts {
  /** What it serves, in the order in which paths are matched. */
  readonly routes: readonly Route[];
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
  /** Looks whether the server can do its work, for `/health/ready`. Absent: there is no such path. */
  readonly readiness?: () => Promise<Readiness>;
  /** Shown at `/health`. */
  readonly version?: string;
  /** What pages run the model with themselves. Absent: they cannot. */
  readonly sharedModel?: SharedModel | undefined;
}

/** The longest time that a timer can wait, in milliseconds: more than a socket may be open. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** How long a browser may remember what pages of another origin may do. Chrome's own limit. */
const PREFLIGHT_SECONDS = 7_200;

/** A status that servers note when the client left before there was a reply. Nobody receives it. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * The HTTP app over a chat service.
 *
 * It has no state of its own and asks nothing of its runtime but Fetch, Streams and Web Crypto: give its `fetch` to
 * whatever serves HTTP.
 */
export function createApp(
  {
    routes: all,
    auth,
    rateLimits,
    corsOrigins = [],
    hosts,
    openSocket,
    sockets = { places: new SocketPlaces(Infinity), idleMs: LONGEST_TIMER },
    closing,
    metrics,
    version,
    readiness,
    sharedModel,
    ...ports
  }: AppOptions,
): Hono<ApiEnv> {
  const { clock, log, newId } = ports;
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

  const socketOptions = (open: OpenSocket): SocketOptions => ({
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
  });
  let document: Promise<object> | undefined;
  const describe = async (): Promise<object> => {
    const { openApiDocument } = await import("./api/openapi/document.ts");
    return await openApiDocument({
      routes: routes.map(({ route }) => route),
      version: version ?? "0",
      model: ports.models.names.models[0]!,
      secured: auth.keys.length > 0,
      strict: ports.strict,
    });
  };
  const routePorts: RoutePorts = {
    ...ports,
    tokens: auth.tokens,
    sockets: openSocket && socketOptions(openSocket),
    metrics,
    version,
    readiness,
    sharedModel,
    // Built lazily, to keep start-up fast.
    document: () => document ??= describe(),
  };
  const routes = all.flatMap((route) => {
    const handler = route.handler(routePorts);
    return handler === undefined ? [] : [{ route, handler }];
  });
  const paths = new ApiPaths(routes.map(({ route }) => route.path));
  const once = onceEach(ports);
  for (const { route: { method, path, browser, creates }, handler } of routes) {
    // The guard comes first: a stored reply is only for those who may make the request.
    app.on(method, path, browserGuard(browser, ports), once(creates, handler));
  }
  for (const [path, own] of Map.groupBy(routes, ({ route }) => route.path)) {
    const allowed = own.flatMap(({ route: { method } }) =>
      method === "GET" ? ["GET", "HEAD"] : [method]
    );
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
    logFailure(log, "request failed", c.get("requestId"), error, reply);
    return c.json({ error: reply.body }, reply.status, { ...reply.headers });
  };
  app.onError(replyTo);
  // Not thrown: what is thrown here would pass by the middleware that has something to add, or to log.
  app.notFound((c) => replyTo(new UnknownRouteError(c.req.method, getPath(c.req.raw)), c));
  return app;
}
