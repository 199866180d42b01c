import { type FloatDType, toFloat32 } from "../checkpoint/to_float32.ts";

/** The embedding table in the precision it is stored in: a model looks up single rows, so only those are converted. */
export class Embedding {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #dtype: FloatDType;
  readonly #rowBytes: number;
  readonly #width: number;

  /** @param bytes the table `[V, D]` */
  constructor(bytes: Uint8Array<ArrayBuffer>, dtype: FloatDType, vocabSize: number, width: number) {
    this.#bytes = bytes;
    this.#dtype = dtype;
    this.#rowBytes = bytes.length / vocabSize;
    this.#width = width;
  }

  /** Writes the rows of these tokens, `[T, D]`, one after the other. */
  lookUp(tokens: readonly number[], into: Float32Array): void {
    for (const [i, token] of tokens.entries()) {
      const start = token * this.#rowBytes;
      const row = this.#bytes.subarray(start, start + this.#rowBytes);
      into.set(toFloat32(row, this.#dtype), i * this.#width);
    }
  }
}
