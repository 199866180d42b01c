import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "./context.ts";
import { AuthenticationError } from "./errors.ts";

/** Whose requests they all are when no key is configured. */
export const PUBLIC_TENANT = "public";

/** What marks a configured key that is given by its digest. */
const DIGEST_PREFIX = "sha256:";

/** Digits of a digest that name a tenant: 128 bits. */
const TENANT_DIGITS = 32;

/** RFC 6750, section 2.1: what a bearer token may consist of. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

const AUTHORIZATION = /^Bearer +(\S+) *$/i;

/**
 * Whether this can stand in the list of keys: a token, or `sha256:` and the 64 hexadecimal digits of one's digest.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert(isKeyEntry("sk-tern-1"));
 * assert(isKeyEntry("sha256:" + "0f".repeat(32)));
 * assert(!isKeyEntry("sha256:0f"));
 * assert(!isKeyEntry("two words"));
 * ```
 */
export function isKeyEntry(entry: string): boolean {
  return isKeyDigest(entry)
    ? /^[0-9a-f]{64}$/i.test(entry.slice(DIGEST_PREFIX.length))
    : TOKEN.test(entry);
}

/** Whether an entry is a digest, from which nobody can learn the key. */
export function isKeyDigest(entry: string): boolean {
  return entry.startsWith(DIGEST_PREFIX);
}

/**
 * The entry for the list of keys that does not show the key.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert(isKeyDigest(await toKeyDigest("sk-tern-1")));
 * ```
 */
export async function toKeyDigest(token: string): Promise<string> {
  return DIGEST_PREFIX + (await digest(token)).toHex();
}

async function digest(token: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token)));
}

function digestOfEntry(entry: string): Uint8Array | Promise<Uint8Array> {
  return isKeyDigest(entry) ? Uint8Array.fromHex(entry.slice(DIGEST_PREFIX.length)) : digest(entry);
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
 * @param keys Each as {@linkcode isKeyEntry} takes it.
 * @returns a function that throws {@linkcode AuthenticationError} unless the key is one of these
 */
export function keyChecker(
  keys: readonly string[],
): (authorization: string | undefined) => Promise<Uint8Array> {
  const known = Promise.all(keys.map(digestOfEntry));
  return async (authorization) => {
    if (authorization === undefined) throw new AuthenticationError(false);
    const token = AUTHORIZATION.exec(authorization)?.[1];
    if (token === undefined) throw new AuthenticationError(true);
    const given = await digest(token);
    const matches = (await known).filter((key) => equal(key, given));
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
 * @param keys Each as {@linkcode isKeyEntry} takes it.
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
