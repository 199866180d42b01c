import type { CallRecorder } from "./call_recorder.ts";
import type { Part } from "./division.ts";
import { stepOf } from "./steps.ts";
import {
  type Activation,
  expectKind,
  newActivation,
  partAt,
  type Value,
  wholeAt,
} from "./value.ts";
import { PACKINGS } from "./weight_format.ts";
import type { Weights } from "./weights.ts";

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
/** Bytes of four outputs: kernels give so many at once. */
const FOUR_BYTES = 4 * FLOAT;

/** Products with matrices, in whatever they are kept in, as kernel calls. */
export class MatrixProducts {
  readonly #weights: Weights;
  readonly #recorder: CallRecorder;
  /** Activations as whole numbers, for products with weights in 8 bits and in 4: several may use the same. */
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
  record(x: Value, W: Value, transposed: boolean): Activation {
    const matrix = this.#weights.pack(expectKind(W, "matrix"), transposed);
    const { format, address, outputs, inputs, scales } = matrix;
    const groups = Math.ceil(outputs / 4);
    const operand = expectKind(x, "activation");
    const result = newActivation(operand.buffer.rows, outputs);
    const { rows: groupRows, groupBytes } = PACKINGS[format];
    /** Where the rows of W begin that a part has, and how many groups of four they are. */
    const rowsOfW = ({ from, bytes }: Part): [W: number, groups: number] => {
      return [address + (from / FLOAT / groupRows) * groupBytes(inputs), bytes / FOUR_BYTES];
    };
    switch (format) {
      case "f32":
      case "bf16": {
        const linear = format === "f32" ? "linearF32" : "linearBf16";
        const bytes = inputs * FLOAT;
        return this.#recorder.record("outputs", [operand], (y, part, [x]) => {
          const product = [...partAt(y, part), ...rowsOfW(part), ...wholeAt(x!, part)] as const;
          return stepOf(linear, ...product, bytes, part.rows);
        }, { result });
      }
      case "int8":
        return this.#recorder.record("outputs", [this.#quantize(operand)], (y, part, [x]) => {
          const [first, count] = [part.from / FOUR_BYTES, part.bytes / FOUR_BYTES];
          const W = [address, scales, groups] as const;
          const product = [...wholeAt(y, part), ...W, ...wholeAt(x!, part), inputs] as const;
          return stepOf("linearI8", ...product, part.rows, first, first + count);
        }, { result });
      case "int4":
        return this.#recorder.record("outputs", [this.#quantizeGroups(operand)], (y, part, [x]) => {
          const product = [...partAt(y, part), ...rowsOfW(part), ...wholeAt(x!, part)] as const;
          return stepOf("linearI4", ...product, inputs, part.rows);
        }, { result });
    }
  }

  /** For int8: 16 bits a number at the most, and two numbers for a row. */
  #quantize(x: Activation): Activation {
    const bytes = x.width * FLOAT;
    return once(this.#quantized, x, () =>
      this.#recorder.record("row", [x], (y, part, [x]) => {
        return stepOf("quantize", ...partAt(y, part), ...partAt(x!, part), part.rows, bytes);
      }, { result: newActivation(x.buffer.rows, x.width / 2 + 2) }));
  }

  /** For int4: 16 bits a number at the most, and two numbers for every 32. */
  #quantizeGroups(x: Activation): Activation {
    const bytes = x.width * FLOAT;
    return once(
      this.#quantizedGroups,
      x,
      () =>
        this.#recorder.record("row", [x], (y, part, [x]) => {
          return stepOf(
            "quantizeGroups",
            ...partAt(y, part),
            ...partAt(x!, part),
            part.rows,
            bytes,
          );
        }, { result: newActivation(x.buffer.rows, x.width / 2 + x.width / 16) }),
    );
  }
}

/** What a map holds of a key; it is made if there is none. */
function once<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
