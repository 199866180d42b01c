/** What can be read from somewhere in the trie without looking below the stack's top rule. */
export class Walk {
  /** Nodes of the trie, with others below, at which the rule may have ended. */
  readonly exits: Int32Array;
  /** Whether the rule may end where the walk begins. */
  readonly ends: boolean;
  /** Tokens that may come, as bits `[ceil(V / 32)]` if there are many. */
  readonly #tokens: Int32Array | undefined;
  readonly #bits: Uint32Array | undefined;

  constructor(
    /** Names the exits: walks from the same exits are the same walk. */
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

  /** Numbers that it holds. */
  get size(): number {
    return this.exits.length + (this.#tokens?.length ?? this.#bits!.length);
  }

  /** Sets the bits of its tokens. */
  addTo(mask: Uint32Array): void {
    if (this.#tokens) return setBits(this.#tokens, mask);
    const bits = this.#bits!;
    for (let i = 0; i < bits.length; i++) mask[i]! |= bits[i]!;
  }
}

function setBits(tokens: Int32Array, mask: Uint32Array): void {
  for (let i = 0; i < tokens.length; i++) mask[tokens[i]! >> 5]! |= 1 << (tokens[i]! & 31);
}
