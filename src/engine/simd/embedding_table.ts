import { DTYPE_BYTES, elementCount, type TensorInfo } from "../../checkpoint/tensor.ts";
import type { FloatDType } from "../../checkpoint/to_float32.ts";
import type { Kernels } from "./kernels.ts";
import { NUMBER_TYPE } from "./number_type.ts";
import { fits, type WeightFormat } from "./weight_format.ts";
import type { PackedMatrix, Weights } from "./weights.ts";

const NAME = "emb.weight";

/**
 * The embedding table, `[V, D]`. A model looks up single rows, so only those are made float32.
 *
 * It stays in the type that it is stored in. With weights of 4 bits that would be more than half of the memory of a small
 * model: then its numbers get 8 bits, and each row a unit.
 */
export class EmbeddingTable {
  readonly #stored: { readonly address: number; readonly dtype: FloatDType } | undefined;
  readonly #packed: PackedMatrix | undefined;
  readonly #columns: number;

  /** Gives the table its place in memory. */
  constructor(
    weights: Weights,
    format: WeightFormat,
    tensors: ReadonlyMap<string, TensorInfo>,
  ) {
    const { shape, dtype } = tensors.get(NAME) as TensorInfo & { dtype: FloatDType };
    this.#columns = shape[1]!;
    if (format === "int4" && fits(this.#columns, "int8")) {
      this.#packed = weights.pack(weights.matrix(NAME), false, "int8");
    } else {
      const bytes = elementCount(shape)! * DTYPE_BYTES[dtype];
      this.#stored = { address: weights.keep(NAME, bytes), dtype };
    }
  }

  /**
   * Writes a token's row.
   *
   * @param to where its D numbers go, in float32
   */
  lookUp(kernels: Kernels, token: number, to: number): void {
    const columns = this.#columns;
    if (this.#packed !== undefined) {
      const { address, scales } = this.#packed;
      kernels.unpackI8(to, address, scales, token, columns);
    } else {
      const { address, dtype } = this.#stored!;
      const from = address + token * columns * DTYPE_BYTES[dtype];
      kernels.widen(to, from, columns, NUMBER_TYPE[dtype]);
    }
  }
}
