import type { Tokenizer } from "./tokenizer.ts";

/** The tokenizer of byte-level models: each byte of UTF-8 is a token. */
export class ByteTokenizer implements Tokenizer {
  readonly vocabSize = 256;
  readonly #encoder = new TextEncoder();

  encode(text: string): number[] {
    return [...this.#encoder.encode(text)];
  }

  bytes(token: number): Uint8Array {
    return token < this.vocabSize ? Uint8Array.of(token) : new Uint8Array();
  }
}
