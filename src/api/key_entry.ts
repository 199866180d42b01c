/** What a digest in the list of keys begins with. */
export const DIGEST_PREFIX = "sha256:";

/** RFC 6750, section 2.1: what a bearer token may consist of. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** Whether this can be a key: who uses the API sends it as a bearer token. */
export function isKey(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Whether this can stand in the list of keys: `sha256:` and the 64 hexadecimal digits of a key's digest, from which
 * nobody can learn the key. A key itself cannot.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert(isKeyDigest("sha256:" + "0f".repeat(32)));
 * assert(!isKeyDigest("sha256:0f"));
 * assert(!isKeyDigest("sk-tern-1"));
 * ```
 */
export function isKeyDigest(entry: string): boolean {
  return entry.startsWith(DIGEST_PREFIX) &&
    /^[0-9a-f]{64}$/i.test(entry.slice(DIGEST_PREFIX.length));
}

/**
 * The entry for the list of keys.
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
