import { TokenNotAllowedError } from "./errors.ts";
import type { Masks } from "./masks.ts";
import { BOTTOM } from "./stacks.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** The result of reading a token. */
export type Accepted =
  /** The token is read, and more may follow. */
  | "open"
  /** The token is read, and nothing can follow. */
  | "complete"
  /** The token ends the answer and is not part of it. */
  | "ended";

/**
 * Reads an answer token by token and computes which tokens may come next. Its state depends only on the tokens read, so
 * reading the same tokens again restores it.
 */
export class Matcher {
  readonly #masks: Masks;
  readonly #vocabulary: Vocabulary;
  #nodes: readonly number[];
  readonly #mask: Uint32Array;
  /** What the mask is of. */
  #maskOf: { readonly nodes: readonly number[]; readonly mayStop: boolean } | undefined;
  #masked = new Float32Array();

  constructor(masks: Masks, start: number, vocabulary: Vocabulary) {
    this.#masks = masks;
    this.#vocabulary = vocabulary;
    this.#nodes = [masks.stacks.node(start, 0, BOTTOM)];
    this.#mask = new Uint32Array((vocabulary.trie.vocabSize + 31) >> 5);
  }

  /** Whether the answer may end here. */
  get mayEnd(): boolean {
    return this.#nodes.some((node) => this.#masks.stacks.closure(node).ends);
  }

  /**
   * The allowed tokens, as bits. Valid until a token is accepted, or the next call.
   *
   * @param mayStop Whether the answer may end although it can continue.
   * @returns `[ceil(V / 32)]`
   */
  mask(mayStop = true): Uint32Array {
    if (this.#maskOf?.nodes === this.#nodes && this.#maskOf.mayStop === mayStop) return this.#mask;
    this.#maskOf = { nodes: this.#nodes, mayStop };
    this.#mask.fill(0);
    this.#masks.fill(this.#nodes, this.#mask);
    if (this.mayEnd && (mayStop || this.#mask.every((bits) => bits === 0))) {
      for (const token of this.#vocabulary.ends) this.#mask[token >> 5]! |= 1 << (token & 31);
    }
    return this.#mask;
  }

  /**
   * The logits of the allowed tokens, and -Infinity for the others.
   *
   * If the model wants to end the answer where it cannot, for example inside a string, masking alone would make it go
   * on talking. So the probability of the end tokens is added to the first token of the shortest completion.
   *
   * @param logits `[V]`, not modified. V may exceed the tokenizer's vocabulary.
   * @param mayStop Whether the answer may end although it can continue.
   * @returns the same array each time
   */
  apply(logits: Float32Array, mayStop = true): Float32Array {
    const mask = this.mask(mayStop);
    if (this.#masked.length !== logits.length) this.#masked = new Float32Array(logits.length);
    const masked = this.#masked;
    for (let token = 0; token < logits.length; token++) {
      const allowed = (mask[token >> 5]! >>> (token & 31)) & 1;
      masked[token] = allowed ? logits[token]! : -Infinity;
    }
    if (!this.mayEnd) {
      const byte = this.#masks.stacks.shortest(this.#nodes);
      const token = byte === undefined ? -1 : this.#vocabulary.trie.singles[byte]!;
      if (token !== -1 && token < masked.length) {
        masked[token] = logSumExp(logits, [token, ...this.#vocabulary.ends]);
      }
    }
    return masked;
  }

  /**
   * The token that comes next, if only one may.
   *
   * @param mayStop Whether the answer may end although it can continue.
   */
  only(mayStop = true): number | undefined {
    let only: number | undefined;
    for (const [word, bits] of this.mask(mayStop).entries()) {
      if (bits === 0) continue;
      if (only !== undefined || (bits & (bits - 1)) !== 0) return undefined;
      only = word * 32 + 31 - Math.clz32(bits);
    }
    return only;
  }

  /** The bytes that come next, as far as only one can come each time, and at most so many. */
  onlyBytes(most: number): Uint8Array<ArrayBuffer> {
    const bytes: number[] = [];
    for (let nodes = this.#nodes; bytes.length < most;) {
      const byte = this.#masks.stacks.onlyByte(nodes);
      if (byte === undefined) break;
      bytes.push(byte);
      nodes = this.#masks.stacks.step(nodes, byte);
    }
    return Uint8Array.from(bytes);
  }

  /** The minimum number of bytes to an end. If every byte is a token, that many tokens suffice. */
  get distance(): number {
    return this.#distanceOf(this.#nodes);
  }

  /**
   * Replaces a sampled token if the answer could not be completed within the remaining tokens otherwise: by an end
   * token, or by the first token of the shortest completion. So an answer is complete whenever its limit permits.
   *
   * @param token an allowed token
   * @param left the number of tokens that may follow it
   */
  settle(token: number, left: number): number {
    if (this.distance > left + 1) return token; // The limit is too low for any completion.
    const after = this.#read(token);
    if (after.length === 0 || this.#distanceOf(after) <= left) return token;
    if (this.mayEnd) return this.#vocabulary.ends[0] ?? token;
    const byte = this.#masks.stacks.shortest(this.#nodes);
    const shortest = byte === undefined ? -1 : this.#vocabulary.trie.singles[byte]!;
    return shortest === -1 ? token : shortest;
  }

  #distanceOf(nodes: readonly number[]): number {
    return nodes.reduce(
      (least, node) => Math.min(least, this.#masks.stacks.distance(node)),
      Infinity,
    );
  }

  /** Whether a token is allowed. Agrees with the mask, but reads the token instead of computing the mask. */
  allows(token: number): boolean {
    const nodes = this.#read(token);
    return nodes.length > 0 || (this.mayEnd && this.#vocabulary.ends.includes(token));
  }

  /**
   * Reads a token.
   *
   * @throws {TokenNotAllowedError}
   */
  accept(token: number): Accepted {
    const nodes = this.#read(token);
    if (nodes.length === 0) {
      if (this.mayEnd && this.#vocabulary.ends.includes(token)) return "ended";
      throw new TokenNotAllowedError(token);
    }
    this.#nodes = nodes;
    const canGoOn = nodes.some((node) => this.#masks.stacks.closure(node).leaves.length > 0);
    return canGoOn ? "open" : "complete";
  }

  /** The stacks after a token. Empty if the token has no bytes or is not allowed. */
  #read(token: number): readonly number[] {
    const bytes = this.#vocabulary.bytes(token);
    if (bytes.length === 0) return [];
    return bytes.reduce<readonly number[]>(
      (nodes, byte) => nodes.length === 0 ? nodes : this.#masks.stacks.step(nodes, byte),
      this.#nodes,
    );
  }
}

function logSumExp(logits: Float32Array, tokens: readonly number[]): number {
  const max = Math.max(...tokens.map((token) => logits[token]!));
  if (max === -Infinity) return logits[tokens[0]!]!;
  return max + Math.log(tokens.reduce((sum, token) => sum + Math.exp(logits[token]! - max), 0));
}
