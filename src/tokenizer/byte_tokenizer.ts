import { atOnce } from "../stream/slices.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Bytes encoded per step. */
const BYTES_PER_STEP = 65_536;

/** The tokenizer of byte-level models: each byte of UTF-8 is a token. */
export class ByteTokenizer implements Tokenizer {
  readonly vocabSize = 256;
  readonly #encoder = new TextEncoder();

  encode(text: string): number[] {
    return atOnce(this.encoding(text));
  }

  *encoding(text: string): Generator<void, number[]> {
    const bytes = this.#encoder.encode(text);
    const tokens: number[] = [];
    for (let at = 0; at < bytes.length; at += BYTES_PER_STEP) {
      for (const byte of bytes.subarray(at, at + BYTES_PER_STEP)) tokens.push(byte);
      yield;
    }
    return tokens;
  }

  bytes(token: number): Uint8Array {
    return token < this.vocabSize ? Uint8Array.of(token) : new Uint8Array();
  }
}
