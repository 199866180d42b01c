import type { ExternalRange, GraphBuilder, Value } from "../../onnx/graph_builder.ts";
import { DataType } from "../../onnx/proto.ts";
import type { Parameter, WeightSource } from "../../rwkv/parameters.ts";
import { WEIGHTS_LOCATION } from "./runtime.ts";
import { quantizeRows } from "./quantize_rows.ts";
import type { OrtWeightFormat } from "./weight_format.ts";

/** Where the numbers of a tensor go among the weights. Offsets are in bytes. */
export type StoredTensor =
  | {
    readonly format: "f32";
    readonly offset: number;
    /** Float32 values. */
    readonly length: number;
    /** How often each is repeated: N for one number a head, otherwise 1. */
    readonly repeat: number;
  }
  | {
    readonly format: "int8";
    /** W's transpose, `[inputs, outputs]`. */
    readonly offset: number;
    /** The units of W's rows, `[outputs]`. */
    readonly units: number;
    readonly outputs: number;
    readonly inputs: number;
  };

/** Where a tensor begins: what its numbers are read with wants them aligned. */
const ALIGNMENT = 64;

/** Gives each tensor that the definitions ask for its place among the weights of a graph. */
export class GraphWeights implements WeightSource<Value> {
  readonly stored = new Map<string, StoredTensor>();
  /** The units of the rows of each matrix that is kept in int8. */
  readonly int8 = new Map<Value, Value>();
  /** Bytes of all weights together. */
  bytes = 0;
  readonly #g: GraphBuilder;
  readonly #headSize: number;
  readonly #tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  readonly #format: OrtWeightFormat;

  /** @param tensors the checkpoint's tensors, to know their shapes, and which optional ones there are */
  constructor(
    g: GraphBuilder,
    headSize: number,
    tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
    format: OrtWeightFormat,
  ) {
    this.#g = g;
    this.#headSize = headSize;
    this.#tensors = tensors;
    this.#format = format;
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  vector(name: string, kind: Parameter["kind"]): Value {
    const repeat = kind === "heads" ? this.#headSize : 1;
    const length = product(this.#shape(name)) * repeat;
    return this.#g.external(name, [length], this.#floats(name, length, repeat));
  }

  matrix(name: string, kind: "linear" | "matrix"): Value {
    const shape = this.#shape(name);
    // The others are small: what they would save is less than what their activations cost to round.
    if (kind === "linear" && this.#format === "int8") return this.#int8(name, shape);
    return this.#g.external(name, shape, this.#floats(name, product(shape), 1));
  }

  matrices(name: string): Value[] {
    const [count = 0, rows = 0, columns = 0] = this.#shape(name);
    const { location, offset, length } = this.#floats(name, count * rows * columns, 1);
    const size = length / count;
    return Array.from({ length: count }, (_, i) => {
      const range = { location, offset: offset + i * size, length: size };
      return this.#g.external(`${name}.${i}`, [rows, columns], range);
    });
  }

  #int8(name: string, [outputs = 0, inputs = 0]: readonly number[]): Value {
    const values = this.#take(inputs * outputs);
    const units = this.#take(outputs * Float32Array.BYTES_PER_ELEMENT);
    const { offset } = values;
    this.stored.set(name, { format: "int8", offset, units: units.offset, outputs, inputs });
    const matrix = this.#g.external(name, [inputs, outputs], values, DataType.int8);
    this.int8.set(matrix, this.#g.external(`${name}.units`, [outputs], units));
    return matrix;
  }

  #floats(name: string, length: number, repeat: number): ExternalRange {
    const range = this.#take(length * Float32Array.BYTES_PER_ELEMENT);
    this.stored.set(name, { format: "f32", offset: range.offset, length, repeat });
    return range;
  }

  #take(length: number): ExternalRange {
    const offset = Math.ceil(this.bytes / ALIGNMENT) * ALIGNMENT;
    this.bytes = offset + length;
    return { location: WEIGHTS_LOCATION, offset, length };
  }

  #shape(name: string): readonly number[] {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new RangeError(`There is no tensor ${name}`);
    return tensor.shape;
  }
}

/** Writes the values of a tensor where they are to be. */
export function storeTensor(
  stored: StoredTensor,
  weights: ArrayBuffer,
  values: Float32Array<ArrayBuffer>,
): void {
  if (stored.format === "int8") {
    const { offset, units, outputs, inputs } = stored;
    quantizeRows(values, {
      values: new Int8Array(weights, offset, inputs * outputs),
      units: new Float32Array(weights, units, outputs),
    });
    return;
  }
  const { offset, length, repeat } = stored;
  const target = new Float32Array(weights, offset, length);
  if (repeat === 1) target.set(values);
  else for (let i = 0; i < length; i++) target[i] = values[Math.floor(i / repeat)]!;
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, size) => total * size, 1);
}
