import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "../http/context.ts";
import { ApiError, InvalidRequestError } from "../errors/errors.ts";
import { isAllowedHost, parseAuthority } from "./hosts.ts";
import { allowsOrigin } from "./origins.ts";
import { isUpgrade } from "../http/upgrade.ts";

/** The request is addressed to a name that this server does not go by. */
export class HostNotAllowedError extends ApiError {
  override readonly name = "HostNotAllowedError";

  constructor(host: string) {
    super(
      403,
      `This server is not known as '${
        host.slice(0, 200)
      }'. Without keys it answers to localhost, IP addresses, HOST and the names in TERN_HOSTS only, so that no web page can pass its own name off as this server's.`,
      { code: "host_not_allowed" },
    );
  }
}

/** A page of another origin tries to change something, or to open a socket. */
export class OriginNotAllowedError extends ApiError {
  override readonly name = "OriginNotAllowedError";

  constructor(origin: string) {
    super(
      403,
      `Pages of the origin '${
        origin.slice(0, 200)
      }' may not do this: TERN_CORS_ORIGINS does not name it.`,
      { code: "origin_not_allowed" },
    );
  }
}

/** What {@linkcode browserBoundary} goes by. */
export interface BrowserBoundary {
  /** Names that the server goes by, besides loopback and IP addresses. `*`: any. Absent: the platform routes by name. */
  readonly hosts?: readonly string[] | undefined;
  /** The origins whose pages may use the API, as `isOriginPattern` has them. */
  readonly origins: readonly string[];
}

/** Methods that change nothing. A page cannot read the reply unless CORS allows it. */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Keeps web pages away from a server without keys, which answers whatever reaches it from the visitor's machine:
 *
 * - the `Host` must be one of the server's own, or a page whose name was made to resolve to 127.0.0.1 (DNS rebinding)
 *   would be of the same origin;
 * - a request that may change something must not come from a page of another origin: browsers send simple ones
 *   (`text/plain`, forms) without asking first.
 *
 * With keys it is not needed: a page has none.
 */
export function browserBoundary({ hosts, origins }: BrowserBoundary): MiddlewareHandler<ApiEnv> {
  return async function browserBoundary(c, next) {
    if (hosts !== undefined) requireOwnHost(c.req.raw, hosts);
    if (isUpgrade(c) || !SAFE.has(c.req.method)) requireAllowedOrigin(c.req.raw, origins);
    await next();
  };
}

/**
 * @throws {InvalidRequestError} if the request names no host, or not a valid one
 * @throws {HostNotAllowedError}
 */
function requireOwnHost(request: Request, names: readonly string[]): void {
  const authority = authorityOf(request);
  const host = parseAuthority(authority);
  if (host === undefined) {
    throw new InvalidRequestError(
      authority === "" ? "The header 'Host' is missing." : "The header 'Host' is invalid.",
      "Host",
      "invalid_host",
    );
  }
  if (!isAllowedHost(names, host)) throw new HostNotAllowedError(host);
}

/**
 * The host and port that a request is for. HTTP/2 has them in the URL instead of the header. An HTTP/1.1 request without
 * `Host` gets a URL with `localhost` from Deno, which therefore counts as missing.
 */
function authorityOf({ headers, url }: Request): string {
  const { host, hostname } = new URL(url);
  return headers.get("host") ?? (hostname === "localhost" ? "" : host);
}

/**
 * Refuses pages of other origins. Programs that are not browsers send no `Origin`.
 *
 * @throws {OriginNotAllowedError}
 */
export function requireAllowedOrigin(request: Request, origins: readonly string[]): void {
  const origin = request.headers.get("origin");
  if (origin === null || allowsOrigin(origins, origin)) return;
  // The scheme is not compared: something in front of the server may have ended TLS.
  const own = (request.headers.get("host") ?? new URL(request.url).host).toLowerCase();
  const from = URL.parse(origin);
  if (from !== null && from.host !== "" && from.host === withoutDefaultPort(own, from)) return;
  throw new OriginNotAllowedError(origin);
}

/** Browsers leave the scheme's own port out of `Origin`; other clients may not leave it out of `Host`. */
function withoutDefaultPort(authority: string, { protocol }: URL): string {
  return URL.parse(`${protocol}//${authority}`)?.host ?? authority;
}
