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
import type { Weights } from "./weights.ts";

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

  constructor(weights: Weights, recorder: CallRecorder) {
    this.#weights = weights;
    this.#recorder = recorder;
  }

  /**
   * Records y = W x, or y = x M.
   *
   * @param transposed whether it is y = x M
   */
  record(x: Value, matrix: Value, transposed: boolean): Activation {
    const packed = this.#weights.pack(expectKind(matrix, "matrix"), transposed);
    const { format, address, outputs, inputs, scales } = packed;
    const operand = expectKind(x, "activation");
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
        return this.#recorder.record("outputs", [this.#quantize(operand)], (y, part, [x]) => {
          const first = part.from / FOUR_BYTES;
          return stepOf("linearI8", {
            ...{ y: wholeAt(y, part), W: address, scales, groups: Math.ceil(outputs / 4) },
            ...{ x: wholeAt(x!, part), columns: inputs, tokens: part.rows },
            ...{ first, end: first + part.bytes / FOUR_BYTES },
          });
        }, { result });
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

  /** For int8: 16 bits a number, and four words for a row. */
  #quantize(x: Activation): Activation {
    return once(this.#quantized, x, () => {
      return this.#recordQuantization("quantize", x, x.width / 2 + 4);
    });
  }

  /** For int4: at most 16 bits a number, and two words for every 32. */
  #quantizeGroups(x: Activation): Activation {
    return once(this.#quantizedGroups, x, () => {
      return this.#recordQuantization("quantizeGroups", x, x.width / 2 + x.width / 16);
    });
  }

  #recordQuantization(
    kernel: "quantize" | "quantizeGroups",
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

/** The value of a key, which is made if there is none. */
function once<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
