/** The result of walking down the trie within the top rule of a stack. */
export class Walk {
  /** Inner nodes of the trie at which the rule may have ended. */
  readonly exits: Int32Array;
  /** Whether the rule may end at the start of the walk. */
  readonly ends: boolean;
  /** The allowed tokens: as a list, or as bits `[ceil(V / 32)]` if there are many. */
  readonly #tokens: Int32Array | undefined;
  readonly #bits: Uint32Array | undefined;

  constructor(
    /** Identifies the exits, for the keys of walks that continue from them. */
    readonly id: number,
    tokens: readonly number[],
    exits: readonly number[],
    ends: boolean,
    vocabSize: number,
  ) {
    this.exits = new Int32Array(exits);
    this.ends = ends;
    const words = (vocabSize + 31) >> 5;
    const all = new Int32Array(tokens);
    if (all.length <= words) this.#tokens = all;
    else setBits(all, this.#bits = new Uint32Array(words));
  }

  /** Memory use, as the number of stored numbers. */
  get size(): number {
    return this.exits.length + (this.#tokens?.length ?? this.#bits!.length);
  }

  /** Sets the bits of its tokens in a mask. */
  addTo(mask: Uint32Array): void {
    if (this.#tokens) return setBits(this.#tokens, mask);
    const bits = this.#bits!;
    for (let i = 0; i < bits.length; i++) mask[i]! |= bits[i]!;
  }
}

function setBits(tokens: Int32Array, mask: Uint32Array): void {
  for (let i = 0; i < tokens.length; i++) mask[tokens[i]! >> 5]! |= 1 << (tokens[i]! & 31);
}
