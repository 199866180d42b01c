import { z } from "zod";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import { shared } from "../shared.ts";

const goldenSchema = z.object({
  cases: z.array(z.object({
    source: z.string(),
    tokens: z.array(z.int()),
    logits: z.array(z.number()),
    state_l2: z.array(z.number()).optional(),
  })),
});

/** Tokens fed from the empty state, and what must come out. */
export type GoldenCase = z.infer<typeof goldenSchema>["cases"][number];

/** The published tolerance: the largest difference of any logit, in float32. */
export const TOLERANCE = 1e-4;

/** Every model file of the shared folder, with the file of its goldens. */
export const MODELS = [
  { file: "conformance/models/random-rwkv-4.f32.pth", goldens: "random-rwkv-4" },
  { file: "conformance/models/tiny-rwkv-4v0-660K.f32.pth", goldens: "4v0-660K" },
  { file: "conformance/models/tiny-rwkv-4v0-660K.bf16.pth", goldens: undefined },
  { file: "conformance/models/tiny-rwkv-5v1-730K.f32.pth", goldens: "5v1-730K" },
  { file: "conformance/models/tiny-rwkv-5v2-730K.f32.pth", goldens: "5v2-730K" },
  { file: "conformance/models/tiny-rwkv-6v0-1m.f32.pth", goldens: "6v0-1m" },
  { file: "conformance/models/tiny-rwkv-6v0-1m.f32.safetensors", goldens: "6v0-1m" },
  { file: "conformance/models/random-rwkv-7.f32.pth", goldens: "random-rwkv-7" },
  { file: "conformance/models/tiny-rwkv-7v0-834K.f32.pth", goldens: "7v0-834K" },
  { file: "conformance/models/tiny-rwkv-7v0-834K.f32.safetensors", goldens: "7v0-834K" },
  { file: "conformance/models/tiny-rwkv-7v0-834K.bf16.pth", goldens: undefined },
] as const;

/** Opens a checkpoint of the shared folder. */
export async function openShared(file: string): Promise<Checkpoint> {
  const path = shared(file);
  return await openCheckpoint(await openFile(path), path);
}

/** The cases of one file of goldens. */
export async function readGoldens(path: string): Promise<GoldenCase[]> {
  return goldenSchema.parse(JSON.parse(await Deno.readTextFile(path))).cases;
}

/** The largest difference between two arrays; a NaN makes it infinite. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let max = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= max)) max = Number.isNaN(difference) ? Infinity : difference;
  }
  return max;
}
