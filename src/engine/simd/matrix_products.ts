import type { CallRecorder } from "./call_recorder.ts";
import { stepOf } from "./steps.ts";
import {
  type Activation,
  expectKind,
  newActivation,
  type Part,
  partAt,
  type Value,
  wholeAt,
} from "./value.ts";
import { PACKINGS } from "./weight_format.ts";
import type { PackedMatrix, SparseMatrix, Weights } from "./weights.ts";

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
/** Bytes of four outputs: kernels compute that many at once. */
const FOUR_BYTES = 4 * FLOAT;

/** Products with matrices of any format, as kernel calls. */
export class MatrixProducts {
  readonly #weights: Weights;
  readonly #recorder: CallRecorder;
  /** Quantised activations for weights of 8 bits and of 4: several products may use the same. */
  readonly #quantized = new Map<Activation, Activation>();
  readonly #quantizedGroups = new Map<Activation, Activation>();
  /** Of these most are 0, and none is negative. */
  readonly #sparse = new Set<Activation>();
  /** The matrices by column. */
  readonly sparse: SparseMatrix[] = [];

  constructor(weights: Weights, recorder: CallRecorder) {
    this.#weights = weights;
    this.#recorder = recorder;
  }

  /** Notes that of an activation's numbers most are 0, and none is negative. */
  markSparse(x: Activation): Activation {
    this.#sparse.add(x);
    return x;
  }

  /**
   * Records y = W x, or y = x M.
   *
   * @param transposed whether it is y = x M
   */
  record(x: Value, matrix: Value, transposed: boolean): Activation {
    const operand = expectKind(x, "activation");
    if (!transposed && this.#sparse.has(operand)) {
      const sparse = this.#weights.packSparse(expectKind(matrix, "matrix"));
      if (sparse !== undefined) return this.#recordSparse(operand, sparse);
    }
    const packed = this.#weights.pack(expectKind(matrix, "matrix"), transposed);
    const { format, address, outputs, inputs } = packed;
    const result = newActivation(operand.buffer.rows, outputs);
    const { rows: groupRows, groupBytes } = PACKINGS[format];
    /** The rows of W of a part: where they begin, and how many groups of four outputs they give. */
    const rowsOfW = ({ from, bytes }: Part) => ({
      W: address + (from / FLOAT / groupRows) * groupBytes(inputs),
      groups: bytes / FOUR_BYTES,
    });
    switch (format) {
      case "f32":
      case "bf16": {
        const linear = format === "f32" ? "linearF32" : "linearBf16";
        return this.#recorder.record("outputs", [operand], (y, part, [x]) =>
          stepOf(linear, {
            ...{ y: partAt(y, part), ...rowsOfW(part), x: wholeAt(x!, part) },
            ...{ xBytes: inputs * FLOAT, tokens: part.rows },
          }), { result });
      }
      case "int8":
      case "int8Sparse":
        return this.#recorder.record(
          "outputs",
          [this.#quantize(operand)],
          (y, part, [x]) => linearI8(packed, y, part, x!),
          { result },
        );
      case "int4":
        return this.#recorder.record(
          "outputs",
          [this.#quantizeGroups(operand)],
          (y, part, [x]) =>
            stepOf("linearI4", {
              ...{ y: partAt(y, part), ...rowsOfW(part), x: wholeAt(x!, part) },
              ...{ columns: inputs, tokens: part.rows },
            }),
          { result },
        );
    }
  }

  #recordSparse(operand: Activation, matrix: SparseMatrix): Activation {
    const { outputs, inputs, address: W, scales, tally } = matrix;
    this.sparse.push(matrix);
    // Room for either way to quantise.
    const rows = newActivation(operand.buffer.rows, (inputs / 16) * 21 + 8);
    const quantized = this.#recorder.record("row", [operand], (y, part, [x]) => {
      const common = {
        ...{ y: partAt(y, part), x: partAt(x!, part) },
        ...{ count: part.rows, bytes: inputs * FLOAT },
      };
      return matrix.format === "int8Sparse"
        ? stepOf("quantizeSparse", { ...common, outputs, tally })
        : stepOf("quantizePositive", common);
    }, { result: rows });
    return this.#recorder.record("outputs", [quantized], (y, part, [x]) => {
      if (matrix.format === "int8") return linearI8(matrix, y, part, x!);
      const first = part.from / FLOAT;
      return stepOf("linearSparse", {
        ...{ y: wholeAt(y, part), W, scales, outputs, x: wholeAt(x!, part) },
        ...{ columns: inputs, tokens: part.rows, first, end: first + part.bytes / FLOAT },
      });
    }, { result: newActivation(operand.buffer.rows, outputs) });
  }

  /** For int8: 16 bits a number, and four words for a row. */
  #quantize(x: Activation): Activation {
    return once(this.#quantized, x, () => {
      const kernel = this.#sparse.has(x) ? "quantizePositive" : "quantize";
      return this.#recordQuantization(kernel, x, x.width / 2 + 4);
    });
  }

  /** For int4: at most 16 bits a number, and two words for every 32. */
  #quantizeGroups(x: Activation): Activation {
    return once(this.#quantizedGroups, x, () => {
      return this.#recordQuantization("quantizeGroups", x, x.width / 2 + x.width / 16);
    });
  }

  #recordQuantization(
    kernel: "quantize" | "quantizePositive" | "quantizeGroups",
    x: Activation,
    width: number,
  ): Activation {
    const result = newActivation(x.buffer.rows, width);
    return this.#recorder.record("row", [x], (y, part, [operand]) =>
      stepOf(kernel, {
        ...{ y: partAt(y, part), x: partAt(operand!, part) },
        ...{ count: part.rows, bytes: x.width * FLOAT },
      }), { result });
  }
}

function linearI8(
  { address, outputs, inputs, scales }: PackedMatrix,
  y: Activation,
  part: Part,
  x: Activation,
) {
  const first = part.from / FOUR_BYTES;
  return stepOf("linearI8", {
    ...{ y: wholeAt(y, part), W: address, scales, groups: Math.ceil(outputs / 4) },
    ...{ x: wholeAt(x, part), columns: inputs, tokens: part.rows },
    ...{ first, end: first + part.bytes / FOUR_BYTES },
  });
}

/** The value of a key, which is made if there is none. */
function once<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
