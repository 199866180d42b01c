import type { WeightSource } from "../../rwkv/bind.ts";
import type { Parameter } from "../../rwkv/parameters.ts";
import type { Arena } from "./arena.ts";
import { INT8_COLUMNS, packRows, packRowsInt8 } from "./pack_rows.ts";
import { UnsupportedShapeError } from "./unsupported_shape_error.ts";
import { type Activation, type Matrix, newActivation, type Value } from "./value.ts";
import type { WeightFormat } from "./weight_format.ts";

/** A matrix in the kernels' own order, to be applied as y = W x. */
export interface PackedMatrix {
  readonly address: number;
  /** Rows of W. */
  readonly outputs: number;
  /** Columns of W. */
  readonly inputs: number;
  /** Where the units of its rows lie, if it is in 8 bits. */
  readonly scales: number | undefined;
}

/** Writes a tensor's values to their place. */
type Write = (memory: WebAssembly.Memory, values: Float32Array) => void;

/**
 * Gives each tensor that the definitions ask for its place in memory, and later puts its values there.
 */
export class Weights implements WeightSource<Value> {
  readonly #arena: Arena;
  readonly #format: WeightFormat;
  readonly #headSize: number;
  readonly #tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  readonly #writes = new Map<string, Write[]>();

  /** @param tensors the checkpoint's tensors, to know their shapes, and which optional ones there are */
  constructor(
    arena: Arena,
    format: WeightFormat,
    headSize: number,
    tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  ) {
    this.#arena = arena;
    this.#format = format;
    this.#headSize = headSize;
    this.#tensors = tensors;
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  vector(name: string, kind: Parameter["kind"]): Activation {
    const repeat = kind === "heads" ? this.#headSize : 1;
    const stored = this.#shape(name).reduce((product, size) => product * size, 1);
    const vector = newActivation("one", stored * repeat);
    vector.buffer.address = this.#arena.take(vector.buffer.rowBytes);
    this.#onStore(name, (memory, values) => {
      const target = new Float32Array(memory.buffer, vector.buffer.address, vector.width);
      for (let i = 0; i < target.length; i++) target[i] = values[Math.floor(i / repeat)]!;
    });
    return vector;
  }

  matrix(name: string): Matrix {
    const [rows = 0, columns = 0] = this.#shape(name);
    return { kind: "matrix", name, index: 0, shape: [rows, columns] };
  }

  matrices(name: string): Matrix[] {
    const [count = 0, rows = 0, columns = 0] = this.#shape(name);
    return Array.from(
      { length: count },
      (_, index): Matrix => ({ kind: "matrix", name, index, shape: [rows, columns] }),
    );
  }

  /**
   * Packs a matrix: in 8 bits if that is wanted and its rows are of a length that fits, otherwise in float32.
   *
   * @param transposed whether it is to be applied as y = x M, not as y = M x
   * @throws {UnsupportedShapeError}
   */
  pack({ name, index, shape }: Matrix, transposed: boolean): PackedMatrix {
    const [outputs, inputs] = transposed ? [shape[1], shape[0]] : shape;
    if (inputs % 4 !== 0) throw new UnsupportedShapeError(`The input of ${name}`, inputs, 4);
    const rows = 4 * Math.ceil(outputs / 4);
    const order = { outputs, inputs, transposed };
    const size = outputs * inputs;
    const part = (values: Float32Array) => values.subarray(index * size, (index + 1) * size);

    if (this.#format === "f32" || inputs % INT8_COLUMNS !== 0) {
      const address = this.#arena.take(rows * inputs * Float32Array.BYTES_PER_ELEMENT);
      this.#onStore(name, ({ buffer }, values) => {
        packRows(part(values), new Float32Array(buffer, address, rows * inputs), order);
      });
      return { address, outputs, inputs, scales: undefined };
    }
    const address = this.#arena.take(rows * inputs);
    const scales = this.#arena.take(rows * Float32Array.BYTES_PER_ELEMENT);
    this.#onStore(name, ({ buffer }, values) => {
      const target = new Int8Array(buffer, address, rows * inputs);
      packRowsInt8(part(values), target, new Float32Array(buffer, scales, rows), order);
    });
    return { address, outputs, inputs, scales };
  }

  /** Puts a tensor's values in their place, if the model uses it. */
  store(memory: WebAssembly.Memory, name: string, values: Float32Array): void {
    for (const write of this.#writes.get(name) ?? []) write(memory, values);
  }

  #shape(name: string): readonly number[] {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new RangeError(`There is no tensor ${name}`);
    return tensor.shape;
  }

  #onStore(name: string, write: Write): void {
    const writes = this.#writes.get(name);
    if (writes === undefined) this.#writes.set(name, [write]);
    else writes.push(write);
  }
}
