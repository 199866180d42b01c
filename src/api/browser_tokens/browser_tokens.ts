import { z } from "zod";
import { RateLimitError } from "../../limits/rate_limits.ts";
import { TokenBucket } from "../../limits/token_bucket.ts";
import { InvalidBrowserTokenError, NoTokenSecretError } from "./errors.ts";

/** What every browser token begins with, so that it is told from a key, in code and by whoever finds one. */
const PREFIX = "tern_bt_";

/** What AES-GCM takes: 96 bits, random. Source: NIST SP 800-38D, section 8.2.2. */
const NONCE_BYTES = 12;

/** Tokens whose requests are counted. The one that was used longest ago is forgotten first. */
const MAX_COUNTED = 10_000;

/** What a page may do with the forks of its conversation: nothing, make and use them, or only that. */
export const FORK_RIGHTS = ["none", "allowed", "only"] as const;

/** Version 1 of what is sealed in a token. */
const grantSchema = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  tenant: z.string(),
  conversation: z.string(),
  forks: z.enum(FORK_RIGHTS),
  expiresAt: z.number(),
  requestsPerMinute: z.number().exactOptional(),
});

/** What a browser token lets its holder do. */
export type BrowserGrant = Readonly<Omit<z.infer<typeof grantSchema>, "version">>;

/** What a {@linkcode BrowserTokens} is made of. */
export interface BrowserTokensOptions {
  /** Texts of 32 characters or more. The first seals, all open, so that they can be changed. */
  readonly secrets: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Whether this is meant to be a browser token, and not a key. */
export function isBrowserToken(text: string): boolean {
  return text.startsWith(PREFIX);
}

/**
 * Makes and opens tokens for pages. Nothing is stored: a token holds what it allows, sealed with AES-256-GCM, so that
 * its holder can neither change nor read it. The key is HKDF-SHA-256 of the secret. The token is the prefix and
 * base64url of nonce (12 bytes) and ciphertext.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5869
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const tokens = new BrowserTokens({ secrets: ["s".repeat(32)], now: () => 0 });
 * const grant = { id: "bt_1", tenant: "@acme", conversation: "conv_1", forks: "none", expiresAt: 1 } as const;
 * assert.deepEqual(await tokens.open(await tokens.seal(grant)), grant);
 * ```
 */
export class BrowserTokens {
  readonly #secrets: readonly string[];
  readonly #now: () => number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor({ secrets, now }: BrowserTokensOptions) {
    this.#secrets = secrets;
    this.#now = now;
  }

  /** @throws {NoTokenSecretError} */
  async seal(grant: BrowserGrant): Promise<string> {
    const [secret] = this.#secrets;
    if (secret === undefined) throw new NoTokenSecretError();
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const plain = encoder.encode(JSON.stringify({ version: 1, ...grant }));
    const sealed = await crypto.subtle.encrypt(algorithm(nonce), await keyOf(secret), plain);
    const bytes = new Uint8Array(NONCE_BYTES + sealed.byteLength);
    bytes.set(nonce);
    bytes.set(new Uint8Array(sealed), NONCE_BYTES);
    return PREFIX + bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  }

  /** @throws {InvalidBrowserTokenError} if it was not made with one of the secrets, or is too old. */
  async open(token: string): Promise<BrowserGrant> {
    const bytes = fromBase64(token.slice(PREFIX.length));
    const nonce = bytes.subarray(0, NONCE_BYTES);
    for (const secret of this.#secrets) {
      const plain = await crypto.subtle
        .decrypt(algorithm(nonce), await keyOf(secret), bytes.subarray(NONCE_BYTES))
        .catch(() => undefined);
      if (plain === undefined) continue;
      // It was sealed here, but perhaps by another version of the server.
      const parsed = grantSchema.safeParse(JSON.parse(decoder.decode(plain)));
      if (!parsed.success) break;
      const { version: _, ...grant } = parsed.data;
      this.requireCurrent(grant);
      return grant;
    }
    throw new InvalidBrowserTokenError("invalid");
  }

  /** @throws {InvalidBrowserTokenError} if a token is too old by now. */
  requireCurrent({ expiresAt }: BrowserGrant): void {
    if (this.#now() >= expiresAt) throw new InvalidBrowserTokenError("expired");
  }

  /**
   * Counts a request made with a token. Each instance of the server counts for itself.
   *
   * @throws {RateLimitError} if there were too many.
   */
  admitRequest({ id, requestsPerMinute }: BrowserGrant): void {
    if (requestsPerMinute === undefined) return;
    const bucket = this.#buckets.get(id) ?? new TokenBucket(requestsPerMinute, this.#now);
    // The last place in the order of the map is the latest used.
    this.#buckets.delete(id);
    this.#buckets.set(id, bucket);
    if (this.#buckets.size > MAX_COUNTED) this.#buckets.delete(this.#buckets.keys().next().value!);
    const wait = bucket.waitFor(1);
    if (wait > 0) throw new RateLimitError("requests", requestsPerMinute, wait);
    bucket.take(1);
  }
}

function algorithm(iv: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: "AES-GCM", iv };
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    throw new InvalidBrowserTokenError("invalid");
  }
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, [
    "deriveKey",
  ]);
  const salt = encoder.encode("tern/browser-token/v1");
  return await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt, info: new Uint8Array() },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}
