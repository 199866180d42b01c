import type { Checkpoint, TensorInfo } from "../../src/checkpoint/checkpoint.ts";
import { MissingTensorError } from "../../src/checkpoint/checkpoint_error.ts";
import { elementCount } from "../../src/checkpoint/tensor.ts";
import { expectedTensors } from "../../src/rwkv/model_config.ts";
import type { Dimension } from "../../src/rwkv/parameters.ts";
import type { RwkvVersion } from "../../src/state/layout.ts";

/** The sizes of a model without weights. */
export interface ModelShape {
  readonly version: RwkvVersion;
  readonly n_layer: number;
  readonly sizes: Readonly<Partial<Record<Dimension, number>>>;
}

/** RWKV-7 0.1B, as published. */
export const SHAPE_0_1B: ModelShape = {
  version: "7",
  n_layer: 12,
  sizes: { V: 65_536, D: 768, F: 3_072, H: 12, N: 64, dw: 64, da: 64, dv: 32, dg: 128 },
};

/** RWKV-7 of 29 million weights that a step reads: as many bytes in int8 as some processors have caches. */
export const SHAPE_29M: ModelShape = {
  version: "7",
  n_layer: 6,
  sizes: { V: 16_384, D: 512, F: 2_048, H: 8, N: 64, dw: 64, da: 64, dv: 32, dg: 128 },
};

/** A tensor to be, and the range of its values. */
interface RandomTensor extends TensorInfo {
  readonly min: number;
  readonly max: number;
}

/**
 * A model of random weights in bfloat16, as models are published, made tensor by tensor when they are read.
 *
 * The same shape gives the same weights. Norms are the identity, products keep the size of what they multiply, and all
 * other vectors lie in [0, 1), so that activations stay finite. In the channel mix the norm has a bias, and keys a mean against
 * it, so that squared ReLU leaves 85 % zeros, as in a trained model (tern-7m has 80 to 84 %).
 */
export class RandomCheckpoint implements Checkpoint {
  readonly name = "random weights";
  readonly tensors: ReadonlyMap<string, RandomTensor>;
  /** Milliseconds spent on making weights, so that they can be taken off the time to load. */
  generationMs = 0;
  /** What was read in parts. */
  #last: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> } | undefined;

  /** @param zeros how many channels of the channel mix are 0: as in a trained model, or every other one */
  constructor(shape: ModelShape, zeros: "many" | "half" = "many") {
    const tensors = randomTensors(shape).map((tensor) =>
      zeros === "many" ? leaveZeros(tensor) : tensor
    );
    this.tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) return Promise.reject(new MissingTensorError(this.name, name));
    const started = performance.now();
    const halves = new Uint16Array(elementCount(tensor.shape)!);
    fillUniform(halves, tensor, [...this.tensors.keys()].indexOf(name) + 1);
    this.generationMs += performance.now() - started;
    return Promise.resolve(new Uint8Array(halves.buffer));
  }

  async readInto(name: string, offset: number, into: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#last?.name !== name) this.#last = { name, bytes: await this.read(name) };
    into.set(this.#last.bytes.subarray(offset, offset + into.byteLength));
  }

  close(): void {
    this.#last = undefined;
  }
}

function randomTensors({ version, n_layer, sizes }: ModelShape): RandomTensor[] {
  return [...expectedTensors(version, n_layer)].map(({ name, parameter: { kind, dims } }) => {
    const shape = dims.map((dim) => sizes[dim]!);
    const tensor = {
      name,
      dtype: "BF16",
      shape: kind === "matrices" ? [5, ...shape] : shape,
    } as const;
    switch (kind) {
      case "norm": {
        const value = name.endsWith(".bias") ? 0 : 1;
        return { ...tensor, min: value, max: value };
      }
      case "vector":
      case "heads":
        return { ...tensor, min: 0, max: 1 };
      case "linear":
      case "matrix":
      case "matrices": {
        const inputs = kind === "linear" ? shape[1]! : shape[0]!;
        const max = Math.sqrt(3 / inputs); // a variance of 1 / inputs
        return { ...tensor, min: -max, max };
      }
    }
  });
}

/**
 * Keys of the channel mix have a variance of 2/3 from what was mixed of two tokens, and of 1 from the bias. A normal number of
 * that variance and of this mean is below 0 in 85 of 100 cases.
 */
const KEY_MEAN = -1.036 * Math.sqrt(5 / 3);

function leaveZeros(tensor: RandomTensor): RandomTensor {
  if (/\.ln2\.bias$/.test(tensor.name)) return { ...tensor, min: 1, max: 1 };
  if (!/\.ffn\.key\.weight$/.test(tensor.name)) return tensor;
  const mean = KEY_MEAN / tensor.shape.at(-1)!;
  return { ...tensor, min: tensor.min + mean, max: tensor.max + mean };
}

/** Fills with bfloat16 numbers by xorshift32. Source: Marsaglia, "Xorshift RNGs", 2003, section 4. */
function fillUniform(
  halves: Uint16Array,
  { min, max }: { readonly min: number; readonly max: number },
  seed: number,
): void {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  const middle = (min + max) / 2;
  const scale = (max - min) / 2 ** 32;
  let x = Math.imul(seed, 0x9e3779b9);
  for (let i = 0; i < halves.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    float[0] = middle + x * scale;
    halves[i] = bits[0]! >>> 16; // a bfloat16 is the upper half of a float32
  }
}
