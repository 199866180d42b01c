import { z } from "zod";
import type { ModelShape } from "../bench/random_checkpoint.ts";
import type { TransformerShape } from "./transformer.ts";

/** What is measured, as it is called in figures. */
export const ARCHITECTURES = ["RWKV-4", "RWKV-7", "Transformer"] as const;

/** The sizes that all architectures share. */
const shapeSchema = z.strictObject({
  n_layer: z.int().min(1),
  /** D, a multiple of 64. */
  n_embd: z.int().min(64).multipleOf(64),
  /** V. */
  vocab_size: z.int().min(1),
});
export type SharedShape = z.infer<typeof shapeSchema>;

/** What one process measures: so many tokens after one another, looked at every so many. */
export const jobSchema = z.strictObject({
  architecture: z.enum(ARCHITECTURES),
  shape: shapeSchema,
  tokens: z.int().min(1),
  every: z.int().min(1),
});
export type Job = z.infer<typeof jobSchema>;

/** What one process measured. */
export const runSchema = z.strictObject({
  ...jobSchema.shape,
  /** Numbers in the model, the embedding table included. */
  parameters: z.int(),
  points: z.array(z.strictObject({
    /** Tokens generated so far. */
    tokens: z.int(),
    /** Seconds since the first. */
    seconds: z.number(),
    /** Megabytes of the process. */
    resident: z.number(),
    /** Bytes that hold what was read: the state, or keys and values. */
    held: z.int(),
  })).min(1),
});
export type Run = z.infer<typeof runSchema>;

/** RWKV of these sizes, with feed-forward layers four times as wide, as a Transformer's are. */
export function rwkvShape(
  version: "4" | "7",
  { n_layer, n_embd: D, vocab_size: V }: SharedShape,
): ModelShape {
  const lora = Math.max(32, D / 8);
  const sizes = { V, D, F: 4 * D, H: D / 64, N: 64, dw: lora, da: lora, dv: 32, dg: 2 * lora };
  return { version, n_layer, sizes };
}

/** Parameters of the Transformer. */
export function transformerParameters({ n_layer, n_embd: D, vocab_size: V }: TransformerShape) {
  const block = 4 * (D * D + D) + 8 * D * D + 5 * D + 4 * D; // attention, feed-forward, norms
  return n_layer * block + 2 * D + 2 * V * D;
}
