import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "./context.ts";
import { AuthenticationError } from "./errors.ts";
import { digest, DIGEST_PREFIX } from "./key_entry.ts";

/** Whose requests they all are when no key is configured. */
export const PUBLIC_TENANT = "public";

/** Digits of a digest that name a tenant: 128 bits. */
const TENANT_DIGITS = 32;

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

/** The tenant that a key is, by the key's SHA-256 digest. */
export function tenantOfDigest(digest: Uint8Array): string {
  return digest.toHex().slice(0, TENANT_DIGITS);
}

/**
 * Lets in requests that carry one of the keys and names their tenant by the key's SHA-256 digest. Without keys,
 * everyone is let in as {@linkcode PUBLIC_TENANT}.
 *
 * @param keys The digest of each, as `isKeyDigest` has it.
 */
export function bearerAuth(keys: readonly string[]): MiddlewareHandler<ApiEnv> {
  const check = keyChecker(keys);
  return async function bearerAuth(c, next) {
    const tenant = keys.length === 0
      ? PUBLIC_TENANT
      : tenantOfDigest(await check(c.req.header("authorization")));
    c.set("tenant", tenant);
    await next();
  };
}
