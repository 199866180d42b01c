import { type Checkpoint, readFloat32 } from "../checkpoint/checkpoint.ts";
import { DEFINITIONS } from "../rwkv/model.ts";
import type { ModelConfig } from "../rwkv/model_config.ts";
import { bindTo } from "../rwkv/parameters.ts";
import { DecayOperations, known, type LazyVector } from "./decay_operations.ts";

type Sizes = Pick<ModelConfig, "version" | "n_layer" | "n_embd" | "head_size">;

/**
 * Computes how fast each channel forgets. RWKV-4 and 5 have one decay per channel; in RWKV-6 and 7 it depends on the
 * token. It is computed from what token shift keeps of a token and of the one before it (the input of the time mix), by
 * the definition of the version, with the few tensors that it depends on.
 */
export class Decays {
  readonly #sizes: Sizes;
  readonly #tensors: ReadonlyMap<string, Float64Array>;

  private constructor(sizes: Sizes, tensors: ReadonlyMap<string, Float64Array>) {
    this.#sizes = sizes;
    this.#tensors = tensors;
  }

  /**
   * Reads the tensors that decays depend on: in RWKV-7 a mix, a bias and two low-rank matrices per layer.
   *
   * @param checkpoint With the official names.
   * @returns undefined if it is packed, so that its tensors cannot be read
   * @throws {CheckpointError} When a tensor cannot be read.
   */
  static async read(checkpoint: Checkpoint, sizes: Sizes): Promise<Decays | undefined> {
    if (checkpoint.packed !== undefined) return undefined;
    const unread = new Decays(sizes, new Map());
    const nothing = known(new Float64Array());
    const tensors = new Map<string, Float64Array>();
    for (let layer = 0; layer < sizes.n_layer; layer++) {
      const names = unread.#logDecay(layer, nothing, nothing, (name) =>
        checkpoint.tensors.has(name)).tensors;
      for (const name of names) {
        tensors.set(name, Float64Array.from(await readFloat32(checkpoint, name)));
      }
    }
    return new Decays(sizes, tensors);
  }

  /**
   * The logarithms of a layer's decays at one token, `[D]`: below 0.
   *
   * @param x what the time mix gets for this token, `[D]`: the token-shift row of the state after it
   * @param prev the same of the token before, `[D]`
   */
  logDecays(layer: number, x: Float32Array, prev: Float32Array): Float64Array {
    const [now, before] = [known(Float64Array.from(x)), known(Float64Array.from(prev))];
    return this.#logDecay(layer, now, before, (name) => this.#tensors.has(name)).value();
  }

  #logDecay(
    layer: number,
    x: LazyVector,
    prev: LazyVector,
    has: (name: string) => boolean,
  ): LazyVector {
    const { version, n_embd: D, head_size: N } = this.#sizes;
    const matrix = (name: string): LazyVector => ({
      tensors: new Set([name]),
      value: () => this.#tensors.get(name)!,
    });
    const bind = bindTo<LazyVector>({
      has,
      matrix,
      vector: (name, kind) => {
        const one = matrix(name);
        if (kind === "vector") return one;
        const spread = () =>
          Float64Array.from({ length: D }, (_, i) => one.value()[Math.floor(i / N)]!);
        return { tensors: one.tensors, value: spread };
      },
      // Only RWKV-6 has them: the five low-rank mixes.
      matrices: (name) =>
        Array.from({ length: 5 }, (_, i) => ({
          tensors: new Set([name]),
          value: () => {
            const all = this.#tensors.get(name)!;
            return all.subarray(i * all.length / 5, (i + 1) * all.length / 5);
          },
        })),
    });
    const operations = new DecayOperations();
    const nothing = known(new Float64Array());
    DEFINITIONS[version]
      .timeMix(operations, bind, `blocks.${layer}.att.`, x, prev, nothing, undefined);
    return operations.log_w!;
  }
}
