import type { Context, MiddlewareHandler } from "hono";
import { type BrowserTokens, isBrowserToken } from "../browser_tokens/browser_tokens.ts";
import { InvalidBrowserTokenError } from "../browser_tokens/errors.ts";
import type { ApiEnv } from "../http/context.ts";
import { AuthenticationError } from "../errors/errors.ts";
import { digest, DIGEST_PREFIX } from "./key_entry.ts";
import { PUBLIC_TENANT, type Tenants } from "./tenants.ts";
import { isUpgrade } from "../http/upgrade.ts";

const AUTHORIZATION = /^Bearer +(\S+) *$/i;

function digestOfEntry(entry: string): Uint8Array {
  return Uint8Array.fromHex(entry.slice(DIGEST_PREFIX.length));
}

/** Compares digests of equal length in a time that does not depend on where they differ. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.reduce((difference, byte, i) => difference | (byte ^ (b[i] ?? 0)), 0) === 0;
}

/**
 * Makes what tells the digest of the key that an `Authorization` header carries (`Bearer`, RFC 6750).
 *
 * Digests are compared, each in constant time and always all of them: how long it takes tells nothing of the keys.
 *
 * @param keys The digest of each, as `isKeyDigest` has it.
 * @returns a function that throws {@linkcode AuthenticationError} unless the key is one of these
 */
export function keyChecker(
  keys: readonly string[],
): (authorization: string | undefined) => Promise<Uint8Array> {
  const known = keys.map(digestOfEntry);
  return async (authorization) => {
    if (authorization === undefined) throw new AuthenticationError(false);
    const token = AUTHORIZATION.exec(authorization)?.[1];
    if (token === undefined) throw new AuthenticationError(true);
    const given = await digest(token);
    const matches = known.filter((key) => equal(key, given));
    if (matches.length === 0) throw new AuthenticationError(true);
    return given;
  };
}

/** What of a WebSocket's protocols is a browser token: pages cannot set the header `Authorization` there. */
const SOCKET_TOKEN = /(?:^|,) *tern-token\.([\w-]+) *(?:,|$)/;

/**
 * The parameter of a URL that is a browser token, for pages that read a stream with `EventSource`, which sets no headers
 * either. Keys are not taken there: URLs are written down in too many places.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.3
 */
const TOKEN_PARAMETER = "access_token";

/** The browser token that a request carries in place of a key. */
function browserTokenOf(c: Context<ApiEnv>): string | undefined {
  const authorization = c.req.header("authorization");
  const token = authorization !== undefined
    ? AUTHORIZATION.exec(authorization)?.[1]
    : isUpgrade(c)
    ? SOCKET_TOKEN.exec(c.req.header("sec-websocket-protocol") ?? "")?.[1]
    : c.req.method === "GET"
    ? c.req.query(TOKEN_PARAMETER)
    : undefined;
  return token !== undefined && isBrowserToken(token) ? token : undefined;
}

/** Takes the token out of the URL, whose other parameters are the route's. */
function withoutTokenParameter({ url, headers, signal }: Request): Request {
  const bare = new URL(url);
  bare.searchParams.delete(TOKEN_PARAMETER);
  return new Request(bare, { headers, signal });
}

/**
 * Lets in requests that carry one of the keys and names their tenant. Without keys, everyone is let in as
 * {@linkcode PUBLIC_TENANT}. With a browser token a request is let in for what that allows, which is checked by
 * `browserGuard`.
 *
 * @param tokens absent: there are no browser tokens
 */
export function bearerAuth(
  tenants: Tenants,
  tokens?: Pick<BrowserTokens, "open" | "admitRequest">,
): MiddlewareHandler<ApiEnv> {
  const check = keyChecker(tenants.keys.map(({ digest }) => DIGEST_PREFIX + digest));
  const tenantOf = async (c: Context<ApiEnv>): Promise<string> => {
    const token = browserTokenOf(c);
    if (token !== undefined) {
      const grant = await tokens?.open(token);
      // Whoever takes away all keys of a tenant means its pages as well.
      if (grant === undefined || !tenants.includes(grant.tenant)) {
        throw new InvalidBrowserTokenError("invalid");
      }
      c.set("grant", grant);
      if (c.req.query(TOKEN_PARAMETER) === token) c.req.raw = withoutTokenParameter(c.req.raw);
      return grant.tenant;
    }
    if (tenants.keys.length === 0) return PUBLIC_TENANT;
    return tenants.ofDigest((await check(c.req.header("authorization"))).toHex());
  };
  return async function bearerAuth(c, next) {
    c.set("tenant", await tenantOf(c));
    const grant = c.get("grant");
    if (grant !== undefined) tokens?.admitRequest(grant);
    await next();
  };
}
