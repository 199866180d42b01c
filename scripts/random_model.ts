/**
 * Writes a checkpoint of random weights with the names, shapes and type of a published RWKV-7 model, to try sizes with:
 *
 *     deno run -A scripts/random_model.ts 1.5b /tmp/random-1.5b.safetensors
 *
 * @module
 */
import { writeSafetensors } from "../src/cli/convert/write_safetensors.ts";
import { RandomCheckpoint, SHAPE_0_1B } from "./bench/random_checkpoint.ts";
import type { ModelShape } from "./bench/random_checkpoint.ts";

const head = { V: 65_536, N: 64 } as const;

/** The shapes of the published sizes. Source: RWKV-LM, RWKV-v7; the tensors of rwkv7-g1 on Hugging Face. */
const SHAPES: Readonly<Record<string, ModelShape>> = {
  "0.1b": SHAPE_0_1B,
  "0.4b": {
    version: "7",
    n_layer: 24,
    sizes: { ...head, D: 1024, F: 4096, H: 16, dw: 64, da: 64, dv: 32, dg: 128 },
  },
  "1.5b": {
    version: "7",
    n_layer: 24,
    sizes: { ...head, D: 2048, F: 8192, H: 32, dw: 96, da: 96, dv: 64, dg: 256 },
  },
  "2.9b": {
    version: "7",
    n_layer: 32,
    sizes: { ...head, D: 2560, F: 10_240, H: 40, dw: 96, da: 96, dv: 64, dg: 320 },
  },
};

const [size = "", path] = Deno.args;
const shape = SHAPES[size];
if (shape === undefined || path === undefined) {
  console.error(`Usage: deno run -A scripts/random_model.ts ${Object.keys(SHAPES).join("|")} FILE`);
  Deno.exit(2);
}
const { signal } = new AbortController();
await writeSafetensors(new RandomCheckpoint(shape), path, { signal });
