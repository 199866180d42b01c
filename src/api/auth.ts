import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "./context.ts";
import { AuthenticationError } from "./errors.ts";
import { digest, DIGEST_PREFIX } from "./key_entry.ts";
import { PUBLIC_TENANT, type Tenants } from "./tenants.ts";

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

/**
 * Lets in requests that carry one of the keys and names their tenant. Without keys, everyone is let in as
 * {@linkcode PUBLIC_TENANT}.
 */
export function bearerAuth(tenants: Tenants): MiddlewareHandler<ApiEnv> {
  const check = keyChecker(tenants.keys.map(({ digest }) => DIGEST_PREFIX + digest));
  return async function bearerAuth(c, next) {
    const tenant = tenants.keys.length === 0
      ? PUBLIC_TENANT
      : tenants.ofDigest((await check(c.req.header("authorization"))).toHex());
    c.set("tenant", tenant);
    await next();
  };
}
