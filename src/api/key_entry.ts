/** What marks a configured key that is given by its digest. */
export const DIGEST_PREFIX = "sha256:";

/** RFC 6750, section 2.1: what a bearer token may consist of. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

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

/** The SHA-256 digest of a token. */
export async function digest(token: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token)));
}
