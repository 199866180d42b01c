import type { Parameter, WeightSource } from "../../rwkv/parameters.ts";
import type { Arena } from "./arena.ts";
import { UnsupportedShapeError } from "./unsupported_shape_error.ts";
import { type Activation, type Matrix, newActivation, type Value } from "./value.ts";
import {
  fits,
  matrixBytes,
  type MatrixFormat,
  PACKINGS,
  scaleBytes,
  type WeightFormat,
} from "./weight_format.ts";

/** A matrix in the kernels' own order, to be applied as y = W x. */
export interface PackedMatrix {
  readonly format: MatrixFormat;
  readonly address: number;
  /** Rows of W. */
  readonly outputs: number;
  /** Columns of W. */
  readonly inputs: number;
  /** int8: where the units of its rows lie, and after them what the kernels add to each sum. */
  readonly scales: number;
}

/** A matrix by column, for activations of which most are 0. */
export interface SparseMatrix extends PackedMatrix {
  /** Becomes int8 if few activations are 0 after all. */
  format: "int8Sparse" | "int8";
  /** Where the kernels count the activations that are not 0, and all. */
  readonly tally: number;
}

/** Where the values of a tensor go. */
export type Destination =
  | { readonly kind: "vector"; readonly vector: Activation; readonly repeat: number }
  | {
    readonly kind: "matrix";
    readonly matrix: PackedMatrix;
    /** Its place in a stack of them; otherwise 0. */
    readonly index: number;
    /** Whether W's transpose is stored, `[inputs, outputs]`. */
    readonly transposed: boolean;
  }
  /** As they are stored. */
  | { readonly kind: "stored"; readonly address: number };

/** Two words. */
const TALLY_BYTES = 8;

/** Weights of smaller matrices come from caches, where to leave some out gains no more than finding these costs. */
const FEWEST_SPARSE = 2 ** 20;

/** What `widen` may read after its input. */
const SLACK = 16;

/** Gives each tensor that the definitions ask for its place in memory. */
export class Weights implements WeightSource<Value> {
  readonly #arena: Arena;
  readonly #format: WeightFormat;
  readonly #headSize: number;
  readonly #tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  readonly #destinations = new Map<string, Destination[]>();

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
    this.#send(name, { kind: "vector", vector, repeat });
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
   * Places a matrix: in the format that is wanted if its rows are of a length that fits, otherwise in a larger one.
   *
   * @param transposed whether it is to be applied as y = x M, not as y = M x
   * @param wanted what to keep it in
   * @throws {UnsupportedShapeError}
   */
  pack(
    { name, index, shape }: Matrix,
    transposed: boolean,
    wanted: WeightFormat = this.#format,
  ): PackedMatrix {
    const [outputs, inputs] = transposed ? [shape[1], shape[0]] : shape;
    if (inputs % 4 !== 0) throw new UnsupportedShapeError(`The input of ${name}`, inputs, 4);
    const matrix = this.#place(formatOf(inputs, wanted), outputs, inputs);
    this.#send(name, { kind: "matrix", matrix, index, transposed });
    return matrix;
  }

  /**
   * Places a matrix that is applied as y = W x to activations of which most are 0 and none is negative.
   *
   * @returns undefined if it is better kept as others are
   */
  packSparse({ name, index, shape: [outputs, inputs] }: Matrix): SparseMatrix | undefined {
    if (outputs * inputs < FEWEST_SPARSE) return undefined;
    // Threads divide outputs between heads, or by sixteen.
    const isWhole = outputs % PACKINGS.int8Sparse.rows === 0 &&
      this.#headSize % PACKINGS.int8Sparse.rows === 0;
    if (!isWhole || formatOf(inputs, this.#format) !== "int8") return undefined;
    const format: SparseMatrix["format"] = "int8Sparse";
    const tally = this.#arena.take(TALLY_BYTES);
    const matrix: SparseMatrix = { ...this.#place(format, outputs, inputs), format, tally };
    this.#send(name, { kind: "matrix", matrix, index, transposed: false });
    return matrix;
  }

  /**
   * Places a tensor as it is stored.
   *
   * @returns its address. The kernel `widen` may take numbers from there.
   */
  keep(name: string, bytes: number): number {
    const address = this.#arena.take(bytes + SLACK);
    this.#send(name, { kind: "stored", address });
    return address;
  }

  /** Where a tensor's values go. Nowhere, if the model does not use it. */
  destinations(name: string): readonly Destination[] {
    return this.#destinations.get(name) ?? [];
  }

  #place(format: MatrixFormat, outputs: number, inputs: number): PackedMatrix {
    const address = this.#arena.take(matrixBytes(format, outputs, inputs));
    const scales = scaleBytes(format, outputs);
    return { format, address, outputs, inputs, scales: scales ? this.#arena.take(scales) : NaN };
  }

  #shape(name: string): readonly number[] {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new RangeError(`There is no tensor ${name}`);
    return tensor.shape;
  }

  #send(name: string, destination: Destination): void {
    const destinations = this.#destinations.get(name);
    if (destinations === undefined) this.#destinations.set(name, [destination]);
    else destinations.push(destination);
  }
}

/** The format that is wanted if its kernels take rows of this length, otherwise a larger one. */
function formatOf(inputs: number, wanted: MatrixFormat): MatrixFormat {
  let format = wanted;
  while (!fits(inputs, format)) format = PACKINGS[format].otherwise!;
  return format;
}
