import { z } from "zod";

/** A file of a model, and what it must be. */
const fileSchema = z.object({
  /** Its address, relative to the list. */
  name: z.string().min(1),
  bytes: z.int().nonnegative(),
  /** In hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** `files.json` of a model folder: what to download, and what it must be. */
export const modelFilesSchema = z.object({
  config: fileSchema,
  weights: fileSchema,
  /** `null`: the tokenizer needs none. */
  vocabulary: fileSchema.nullable(),
  /** What the weights are kept in when the model runs. A state continues only in the same. */
  format: z.enum(["f32", "bf16", "int8", "int4"]),
});

/** `files.json` of a model folder. */
export type ModelFiles = z.infer<typeof modelFilesSchema>;

/** The name of the list in its folder. */
export const FILES = "files.json";
