import type { EngineInfo } from "../engine/engine.ts";
import type { Message } from "../prompt/message.ts";
import { type ChatTemplate, templateSignature } from "../prompt/template.ts";
import { sha256, toText } from "../records/digest.ts";
import type { StartedAnswer } from "./prefill.ts";
import type { TurnStart } from "./turn_start.ts";

/** What {@linkcode StateNames} are derived from. */
export interface StateNamesParts {
  readonly inference: Pick<EngineInfo, "modelFingerprint" | "fingerprint">;
  readonly template: ChatTemplate;
}

/** Names of states: hashes of what they have read, and of what determines how it was read. */
export class StateNames {
  readonly #seed: string;
  readonly #fingerprint: string;

  constructor({ inference, template }: StateNamesParts) {
    this.#seed = `${inference.modelFingerprint}/${templateSignature(template)}`;
    this.#fingerprint = inference.fingerprint;
  }

  /** The name of the empty conversation. */
  async ofNothing(): Promise<string> {
    return await emptyPrefix(this.#seed);
  }

  /** The name of the state after the prompt of a turn. */
  async ofPrompt({ prefix, prefill }: Pick<TurnStart, "prefix" | "prefill">): Promise<string> {
    if (prefill === undefined || prefill.read === "") {
      return await promptName(prefix, this.#fingerprint);
    }
    const read = await extendPrefix(prefix, [{ role: "assistant", text: prefill.read }]);
    return await prefillName(read[0]!, this.#fingerprint);
  }

  /** The names of the state of a prompt: without a prefill, and with it. */
  async ofPrompts(prefix: string, prefill: StartedAnswer | undefined): Promise<string[]> {
    const without = await this.ofPrompt({ prefix });
    return prefill?.unread ? [without, await this.ofPrompt({ prefix, prefill })] : [without];
  }
}

const encoder = new TextEncoder();

/**
 * Hashes each prefix of a conversation: the first message, the first two, and so on.
 *
 * A chain: each hash is SHA-256 over the last one and the role and text of the message, each after its length in
 * bytes (32 bits, little-endian). The first link is SHA-256 of the seed.
 *
 * @param seed what else determines the meaning of a state: the model's fingerprint and the template
 * @returns one hash for each message, in base64url: `hashes[i]` stands for the first `i + 1` messages
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

/** The hash of the empty prefix: the first link of the chain. */
async function emptyPrefix(seed: string): Promise<string> {
  return toText(await sha256(encoder.encode(seed)));
}

/**
 * Extends the hash of a prefix, without the messages that it stands for.
 *
 * @param prefix the hash of what precedes the messages
 * @returns one hash for each message, as in {@linkcode prefixHashes}
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
 * The name of the state after a whole prompt, stored together with the logits of the answer's first token. Both are
 * specific to one engine.
 *
 * @param prefix the hash of all messages of the prompt
 * @param engineFingerprint model, engine and precision
 */
async function promptName(prefix: string, engineFingerprint: string): Promise<string> {
  return await nameOf("prompt", prefix, engineFingerprint);
}

/**
 * The name of the state after a prompt that ends with a prefill. It differs from the state of a prompt with the same last
 * message, whose answer is a message of its own.
 *
 * @param prefix the hash of all messages, of which the last is the prefill as it was read
 * @param engineFingerprint model, engine and precision
 */
async function prefillName(prefix: string, engineFingerprint: string): Promise<string> {
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
