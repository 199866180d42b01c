import { z } from "zod";
import type { Matrix, Vector } from "./arrays.ts";

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.literal("F16"),
    shape: z.array(z.int()),
    data_offsets: z.tuple([z.int(), z.int()]),
  }),
);

/**
 * The tensors of a safetensors file in float16: eight bytes with the length of the header, the header as JSON, the numbers.
 * They become arrays when they are first asked for.
 */
export class Tensors {
  readonly #header: z.infer<typeof headerSchema>;
  readonly #numbers: Float16Array;
  readonly #read = new Map<string, Matrix>();
  readonly #vectors = new Map<string, Vector>();

  constructor(file: Uint8Array<ArrayBuffer>) {
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    const { __metadata__: _, ...header } = JSON.parse(
      new TextDecoder().decode(file.subarray(8, 8 + length)),
    );
    this.#header = headerSchema.parse(header);
    this.#numbers = new Float16Array(file.slice(8 + length).buffer);
  }

  /** L, the number of blocks. */
  get layers(): number {
    return Object.keys(this.#header).filter((name) => name.endsWith(".ln1.weight")).length;
  }

  has(name: string): boolean {
    return name in this.#header;
  }

  shape(name: string): readonly number[] {
    return this.#header[name]!.shape.filter((size) => size > 1);
  }

  vector(name: string): Vector {
    const found = this.#vectors.get(name) ?? Array.from(this.#numbersOf(name));
    this.#vectors.set(name, found);
    return found;
  }

  /** Rows. */
  matrix(name: string): Matrix {
    const columns = this.#header[name]!.shape.at(-1)!;
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const numbers = this.#numbersOf(name);
    const found = Array.from(
      { length: numbers.length / columns },
      (_, i) => Array.from(numbers.subarray(i * columns, (i + 1) * columns)),
    );
    this.#read.set(name, found);
    return found;
  }

  /** One row of a matrix. */
  row(name: string, index: number): Vector {
    return this.matrix(name)[index]!;
  }

  #numbersOf(name: string): Float32Array {
    const [begin, end] = this.#header[name]!.data_offsets;
    return Float32Array.from(this.#numbers.subarray(begin / 2, end / 2));
  }
}
