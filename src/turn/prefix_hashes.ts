import { sha256, toText } from "../records/digest.ts";
import type { Message } from "../prompt/message.ts";

const encoder = new TextEncoder();

/**
 * Names each beginning of a conversation: the first message, the first two, and so on to all.
 *
 * A chain: each hash is SHA-256 over the last one and the role and text of the message, each after its length in
 * bytes (32 bits, little-endian). The first link is SHA-256 of the seed.
 *
 * @param seed what else decides what a state means: the model's fingerprint and the template
 * @returns one hash a message, in base64url: `hashes[i]` stands for the first `i + 1` messages
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const hello = { role: "user", text: "Hello" } as const;
 * const hi = { role: "assistant", text: "Hi" } as const;
 * const [first] = await prefixHashes("model", [hello]);
 * const hashes = await prefixHashes("model", [hello, hi]);
 * assert.equal(hashes.length, 2);
 * assert.equal(hashes[0], first);
 * ```
 */
export async function prefixHashes(seed: string, messages: readonly Message[]): Promise<string[]> {
  return await extendPrefix(await emptyPrefix(seed), messages);
}

/** The hash of no messages at all: the first link of the chain. */
export async function emptyPrefix(seed: string): Promise<string> {
  return toText(await sha256(encoder.encode(seed)));
}

/**
 * Goes on from the hash of a beginning, without the messages that it stands for.
 *
 * @param prefix the hash of what comes before the messages
 * @returns one hash a message, as {@linkcode prefixHashes} gives them
 */
export async function extendPrefix(
  prefix: string,
  messages: readonly Message[],
): Promise<string[]> {
  const hashes: string[] = [];
  let hash = Uint8Array.fromBase64(prefix, { alphabet: "base64url" });
  for (const { role, text } of messages) {
    hash = await sha256(link(hash, encoder.encode(role), encoder.encode(text)));
    hashes.push(toText(hash));
  }
  return hashes;
}

/**
 * Names what a prompt leaves behind: the state after a beginning of a conversation that an answer is to follow, and the
 * scores of its first token. These are one engine's.
 *
 * @param prefix the hash of all messages of the prompt
 * @param engineFingerprint model, engine and precision
 */
export async function promptName(prefix: string, engineFingerprint: string): Promise<string> {
  return await nameOf("prompt", prefix, engineFingerprint);
}

/**
 * Names what a prompt leaves behind that ends with the beginning of its answer. The state differs from that of a prompt
 * that ends with the same message, whose answer is one of its own.
 *
 * @param prefix the hash of all messages, of which the last is the beginning of the answer, as it was read
 * @param engineFingerprint model, engine and precision
 */
export async function prefillName(prefix: string, engineFingerprint: string): Promise<string> {
  return await nameOf("prefill", prefix, engineFingerprint);
}

async function nameOf(...fields: readonly string[]): Promise<string> {
  return toText(await sha256(encoder.encode(JSON.stringify(fields))));
}

function link(hash: Uint8Array, ...fields: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = fields.reduce((sum, field) => sum + 4 + field.length, hash.length);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.set(hash);
  let at = hash.length;
  for (const field of fields) {
    view.setUint32(at, field.length, true);
    bytes.set(field, at + 4);
    at += 4 + field.length;
  }
  return bytes;
}
