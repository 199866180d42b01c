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

/** An entry of the list of keys. */
export interface KeyEntry {
  /** Whose key it is. Absent: it is a tenant of its own. */
  readonly name?: string;
  /** SHA-256 of the key, in lower-case hexadecimal digits. */
  readonly digest: string;
}

/** What may be before `=` in an entry: see `isTenantName`, which refuses more. */
const NAMED_ENTRY = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})=(.*)$/;

/**
 * An entry of the list of keys: `sha256:` and a digest, or a name, `=` and that. Keys of one name are one tenant.
 *
 * @returns `undefined` if it is none
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const digest = "0f".repeat(32);
 * assert.deepEqual(parseKeyEntry(`acme=sha256:${digest}`), { name: "acme", digest });
 * assert.deepEqual(parseKeyEntry(`sha256:${digest}`), { digest });
 * assert.equal(parseKeyEntry("acme=sk-tern-1"), undefined);
 * ```
 */
export function parseKeyEntry(text: string): KeyEntry | undefined {
  const [, name, entry = text] = NAMED_ENTRY.exec(text) ?? [];
  if (!isKeyDigest(entry)) return undefined;
  const digest = entry.slice(DIGEST_PREFIX.length).toLowerCase();
  return name === undefined ? { digest } : { name, digest };
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
