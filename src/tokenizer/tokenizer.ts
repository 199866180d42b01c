/** Turns text into token ids and token ids into bytes. */
export interface Tokenizer {
  /** One more than the highest token id. A model may be padded to a larger vocabulary. */
  readonly vocabSize: number;
  /**
   * The ids of a text. Never a special token: `<|endoftext|>` in a text stays text. Lone surrogates become U+FFFD.
   */
  encode(text: string): number[];
  /** The same in steps, for long texts: see `inSlices`. */
  encoding(text: string): Generator<void, number[]>;
  /**
   * The bytes of one token, which need not be whole characters. Empty for special tokens, such as end of text, and for
   * ids that the vocabulary does not name.
   */
  bytes(token: number): Uint8Array;
}
