/** Encodes text to token ids and decodes token ids to bytes. */
export interface Tokenizer {
  /** The highest token id plus one. A model may be padded to a larger vocabulary. */
  readonly vocabSize: number;
  /**
   * Encodes a text. Never yields a special token: `<|endoftext|>` in a text stays text. Lone surrogates become U+FFFD.
   */
  encode(text: string): number[];
  /** {@linkcode encode} in steps, for long texts: see `inSlices`. */
  encoding(text: string): Generator<void, number[]>;
  /**
   * The bytes of one token, which may start or end within a character. Empty for special tokens, such as end of text,
   * and for ids that are not in the vocabulary.
   */
  bytes(token: number): Uint8Array;
}
