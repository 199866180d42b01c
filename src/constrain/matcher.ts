import { TokenNotAllowedError } from "./errors.ts";
import type { Masks } from "./masks.ts";
import { BOTTOM } from "./stacks.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** What became of a token. */
export type Accepted =
  /** It is read, and more may come. */
  | "open"
  /** It is read, and nothing more can come. */
  | "complete"
  /** It is not part of the answer: it ends it. */
  | "ended";

/**
 * Reads an answer token by token and says which tokens may come next. Where it is depends on the tokens alone: the same
 * tokens read again lead to the same place.
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
   * The tokens that may come, as bits. Valid until a token was accepted, or the next call.
   *
   * @param mayStop Whether the answer may end where it need not.
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
   * The logits of the tokens that may come, -Infinity for the others.
   *
   * A model that wants to end where it cannot, as in the middle of a string, would otherwise have to go on talking: how
   * much it wants to goes to the token that is first on the shortest way to an end.
   *
   * @param logits `[V]`, left as they are. There may be more than tokens.
   * @param mayStop Whether the answer may end where it need not.
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
   * @param mayStop Whether the answer may end where it need not.
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

  /** The least number of bytes to an end: so many tokens lead there for sure, where each byte is a token too. */
  get distance(): number {
    return this.#distanceOf(this.#nodes);
  }

  /**
   * The token that is taken where one was chosen: that one, unless the answer could not be ended any more within the
   * tokens that are left. Then it is one that ends it, or begins the shortest way to the end. So an answer that can be
   * ended within its limit is.
   *
   * @param token one that may come
   * @param left how many tokens may still come after it
   */
  settle(token: number, left: number): number {
    if (this.distance > left + 1) return token; // It is too late, or the limit never was enough.
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

  /** Whether a token may come: what the mask says of it, found out by reading it. */
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

  /** The stacks after a token. Empty if it has no bytes, or cannot come. */
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
