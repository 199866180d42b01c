import { StoreKeyError, StoreLimitError } from "./errors.ts";
import type { Key } from "./kv_store.ts";
import { STORE_LIMITS } from "./limits.ts";

/** Begins each part, as in FoundationDB's tuples of text. */
const PART = "\x02";

/** One part of an encoding: up to the first 0x00 that is not written 0x00 0xFF. */
// deno-lint-ignore no-control-regex
const KEY_PART = /\x02(?:[^\0]|\0\xff)*\0(?!\xff)/g;

const encoder = new TextEncoder();

/**
 * The key as one string of bytes (U+0000 to U+00FF) that sorts as the key does: for each part 0x02, its UTF-8 with
 * 0x00 written as 0x00 0xFF, and 0x00. Its length is what the database counts.
 *
 * Source: the tuple layer of FoundationDB, which Deno KV uses.
 *
 * @throws {StoreKeyError} if a part holds a lone surrogate.
 * @throws {StoreLimitError} if it is longer than a key may be.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.ok(encodeKey(["a"]) < encodeKey(["a", "b"]));
 * assert.ok(encodeKey(["a", "b"]) < encodeKey(["a\0"]));
 * assert.equal(encodeKey(["é"]).length, 4);
 * ```
 */
export function encodeKey(key: Key): string {
  const atLeast = key.reduce((sum, part) => sum + part.length + 2, 0);
  if (atLeast > STORE_LIMITS.keyBytes) throw new StoreLimitError("keyBytes", atLeast);
  let encoded = "";
  for (const part of key) {
    if (!part.isWellFormed()) throw new StoreKeyError(key, "it holds a lone surrogate");
    const bytes = String.fromCharCode(...encoder.encode(part));
    encoded += PART + bytes.replaceAll("\0", "\0\xff") + "\0";
  }
  if (encoded.length > STORE_LIMITS.keyBytes) {
    throw new StoreLimitError("keyBytes", encoded.length);
  }
  return encoded;
}

/**
 * The encoding of a key that names a value.
 *
 * @throws {StoreKeyError} if it has no parts, besides what {@linkcode encodeKey} throws.
 */
export function encodeValueKey(key: Key): string {
  if (key.length === 0) throw new StoreKeyError(key, "it has no parts");
  return encodeKey(key);
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The key of an encoding.
 *
 * @throws {TypeError} if it is none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(decodeKey(encodeKey(["a\0", "é", ""])), ["a\0", "é", ""]);
 * ```
 */
export function decodeKey(encoded: string): Key {
  const parts = encoded.match(KEY_PART) ?? [];
  if (parts.join("") !== encoded) throw new TypeError("This is no encoding of a key");
  return parts.map((part) => {
    const text = part.slice(PART.length, -1).replaceAll("\0\xff", "\0");
    return decoder.decode(Uint8Array.from(text, (byte) => byte.charCodeAt(0)));
  });
}

/**
 * What the encoding of every key that continues the prefix begins with, and no other.
 *
 * @param after a key that has to continue the prefix too
 * @throws {StoreKeyError} if it does not.
 */
export function encodePrefix(prefix: Key, after?: Key): string {
  const encoded = encodeKey(prefix) + PART;
  if (after !== undefined && !encodeKey(after).startsWith(encoded)) {
    throw new StoreKeyError(after, `it does not continue ${JSON.stringify(prefix)}`);
  }
  return encoded;
}

/** The byte after {@linkcode PART}. */
const AFTER_PART = "\x03";

/**
 * Between which two encodings, both excluded, lie those of the keys that continue a prefix, for databases that look
 * ranges up.
 *
 * @param after begin after this key, which has to continue the prefix too
 * @throws what {@linkcode encodePrefix} throws.
 */
export function encodeRange(
  prefix: Key,
  after?: Key,
): { readonly after: string; readonly end: string } {
  const begin = encodePrefix(prefix, after);
  return {
    after: after === undefined ? begin : encodeValueKey(after),
    end: begin.slice(0, -PART.length) + AFTER_PART,
  };
}
