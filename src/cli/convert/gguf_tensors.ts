import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { FUSED, GLOBALS, PLAIN, TRANSPOSED, VECTORS } from "../../checkpoint/names/gguf.ts";
import { ConvertError } from "./convert_error.ts";
import { floatBlocks } from "./tensor_blocks.ts";

/** The architectures of RWKV that GGUF has. */
export type Architecture = "rwkv6" | "rwkv7";

/** Which type a tensor has in files of each type. */
export type GgufRole =
  /** Float32 in all files. */
  | "exact"
  /** 16 bits where other tensors have fewer. */
  | "low_rank"
  | "matrix";

/** A tensor of a GGUF file, made from official ones. */
export interface GgufTensor {
  readonly name: string;
  /** Row-major: the file has it reversed. */
  readonly shape: readonly number[];
  readonly role: GgufRole;
  /** Its float32 values in order, a part at a time. */
  values(): AsyncGenerator<Float32Array<ArrayBuffer>>;
}

/**
 * The tensors of a GGUF file, from official names and shapes. Nothing is read yet.
 *
 * Source: llama.cpp, conversion/rwkv.py; src/llama-quant.cpp for the roles.
 *
 * @throws {ConvertError} if there is a tensor that GGUF has no place for
 */
export function ggufTensors(checkpoint: Checkpoint, version: Architecture): GgufTensor[] {
  const tensors = new Tensors(checkpoint);
  tensors.takeAll(GLOBALS, "", "");
  for (let layer = 0; checkpoint.tensors.has(`blocks.${layer}.ln1.weight`); layer++) {
    const [blk, block] = [`blk.${layer}.`, `blocks.${layer}.`];
    tensors.takeAll(PLAIN, blk, block);
    tensors.takeFused(
      `${blk}time_mix_lerp_fused.weight`,
      FUSED[version].map((name) => block + name),
    );
    for (const [name, official] of Object.entries(VECTORS[version])) {
      tensors.take(blk + name, block + official, "flat");
    }
    for (const [name, official] of Object.entries(TRANSPOSED[version])) {
      tensors.take(blk + name, block + official, "transposed");
    }
    tensors.take(`${blk}time_mix_r_k.weight`, `${block}att.r_k`, "flat");
    tensors.take(`${blk}time_mix_first.weight`, `${block}att.time_faaaa`);
    // The first layer has no value residual, and llama.cpp wants one: it has the iclr's, which is not used.
    if (layer === 0 && version === "rwkv7") {
      tensors.take("blk.0.time_mix_v0.weight", "blocks.0.att.a0", "flat");
      tensors.take("blk.0.time_mix_v1.weight", "blocks.0.att.a1", "transposed");
      tensors.take("blk.0.time_mix_v2.weight", "blocks.0.att.a2", "transposed");
    }
  }
  return tensors.finish();
}

/** Float32 in every file although they are matrices. */
const EXACT = /^blk\.\d+\.time_mix_(lerp_fused|first|w1|w2|decay_w1|decay_w2)\./;
const LOW_RANK = /^blk\.\d+\.time_mix_[avg][12]\./;

class Tensors {
  readonly #checkpoint: Checkpoint;
  readonly #unused: Set<string>;
  readonly #tensors: GgufTensor[] = [];

  constructor(checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint;
    this.#unused = new Set(checkpoint.tensors.keys());
  }

  takeAll(names: Readonly<Record<string, string>>, to: string, from: string): void {
    for (const [name, official] of Object.entries(names)) this.take(to + name, from + official);
  }

  take(name: string, official: string, how: "plain" | "flat" | "transposed" = "plain"): void {
    const info = this.#checkpoint.tensors.get(official);
    // Version 7 has no value residual in its first layer, and files have no tensors of the other version.
    const isThere = this.#tensors.some((tensor) => tensor.name === name);
    if (info === undefined || isThere) return;
    this.#unused.delete(official);
    const squeezed = how === "flat" ? [info.shape.reduce((a, b) => a * b, 1)] : info.shape;
    const shape = how === "transposed" ? swapped(squeezed) : squeezed;
    const checkpoint = this.#checkpoint;
    this.#add(
      name,
      shape,
      () =>
        how === "transposed" ? transposed(checkpoint, official) : floatBlocks(checkpoint, official),
    );
  }

  takeFused(name: string, officials: readonly string[]): void {
    const checkpoint = this.#checkpoint;
    const width = checkpoint.tensors.get(officials[0]!)?.shape.at(-1) ?? 0;
    for (const official of officials) this.#unused.delete(official);
    this.#add(name, [officials.length, 1, 1, width], async function* () {
      for (const official of officials) yield* floatBlocks(checkpoint, official);
    });
  }

  /** @throws {ConvertError} if a tensor is left over */
  finish(): GgufTensor[] {
    for (const name of this.#unused) {
      throw new ConvertError(`GGUF has no place for the tensor ${name}`);
    }
    return this.#tensors;
  }

  #add(name: string, shape: readonly number[], values: GgufTensor["values"]): void {
    const isExact = shape.length === 1 || EXACT.test(name);
    const role = isExact ? "exact" : LOW_RANK.test(name) ? "low_rank" : "matrix";
    this.#tensors.push({ name, shape, role, values });
  }
}

/** A shape with the last two axes swapped. */
function swapped(shape: readonly number[]): number[] {
  return [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
}

/** These tensors are small: of low rank. */
async function* transposed(
  checkpoint: Checkpoint,
  name: string,
): AsyncGenerator<Float32Array<ArrayBuffer>> {
  const { shape } = checkpoint.tensors.get(name)!;
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  let filled = 0;
  for await (const part of floatBlocks(checkpoint, name)) {
    values.set(part, filled);
    filled += part.length;
  }
  const result = new Float32Array(values.length);
  for (let matrix = 0; matrix < values.length; matrix += rows * columns) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        result[matrix + column * rows + row] = values[matrix + row * columns + column]!;
      }
    }
  }
  yield result;
}
