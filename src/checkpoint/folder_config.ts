import { z } from "zod";
import { modelSamplingSchema } from "../sampling/default_sampling.ts";
import { RWKV_VERSIONS } from "../state/layout.ts";
import { ModelFolderError } from "./model_folder_error.ts";

/** A file name that stays inside its folder on every system. */
const plainFileName = z.string().max(255).regex(
  // deno-lint-ignore no-control-regex
  /^(?!\.{1,2}$)[^/\\:\u0000-\u001f]+$/,
  "must be the name of a file in the same folder, without a path",
);

const keys = z.strictObject({
  architecture: z.literal("rwkv"),
  version: z.enum(RWKV_VERSIONS),
  n_layer: z.int().min(1).max(1_000),
  n_embd: z.int().min(1).max(65_536),
  head_size: z.int().min(0).max(1_024),
  vocab_size: z.int().min(1).max(1_000_000),
  tokenizer: z.enum(["rwkv_world", "byte", "neox_bpe"]),
  vocab_file: plainFileName.optional(),
  eos_token_id: z.int().min(0),
  chat_template: z.string().min(1),
  thinking: z.enum(["off", "none", "low", "medium", "high", "any"]).optional(),
  stop: z.array(z.string().min(1)),
  dtype: z.enum(["float32", "float16", "bfloat16"]),
  name: z.string().min(1).optional(),
  created: z.int().min(0).optional(),
  sampling: modelSamplingSchema.optional(),
});

const folderConfigSchema = keys.superRefine((config, { addIssue }) => {
  const { version, n_embd, head_size } = config;
  const report = (key: keyof typeof config, message: string) =>
    addIssue({ code: "custom", path: [key], message, input: config[key] });
  if (version === "4" && head_size !== 0) report("head_size", "RWKV-4 has no heads: must be 0");
  if (version !== "4" && (head_size === 0 || n_embd % head_size !== 0)) {
    report("head_size", `must divide n_embd, which is ${n_embd}`);
  }
  if (config.eos_token_id >= config.vocab_size) {
    report("eos_token_id", `must be below vocab_size, which is ${config.vocab_size}`);
  }
  if (config.thinking !== undefined && config.chat_template !== "rwkv_g1") {
    report(
      "thinking",
      `needs a chat_template with thoughts (rwkv_g1), not ${config.chat_template}`,
    );
  }
  if (config.tokenizer !== "byte" && config.vocab_file === undefined) {
    report("vocab_file", `is needed by the tokenizer ${config.tokenizer}`);
  }
});

/**
 * What `config.json` of a model folder says.
 *
 * | key | meaning |
 * |---|---|
 * | `architecture` | `rwkv` |
 * | `version` | of RWKV |
 * | `n_layer`, `n_embd`, `head_size`, `vocab_size` | L, D, N (0 for RWKV-4, which has no heads) and V |
 * | `tokenizer`, `vocab_file` | the kind, and the file in the folder that it reads (none for `byte`) |
 * | `eos_token_id` | the token that ends a text |
 * | `chat_template` | how a conversation becomes a prompt: a name |
 * | `thinking` | how much a model thinks where the request does not say |
 * | `stop` | texts that end an answer |
 * | `dtype` | the type that the weights are kept in |
 * | `name`, `created` | what the API calls the model, and since when, in seconds since 1970 |
 * | `sampling` | defaults for requests that do not say |
 */
export type FolderConfig = Readonly<z.infer<typeof folderConfigSchema>>;

const partialConfigSchema = keys.partial().required({ architecture: true });

/** A `config.json` that leaves some keys to be inferred from the weights. */
export type PartialFolderConfig = Readonly<z.infer<typeof partialConfigSchema>>;

/**
 * Parses the `config.json` of a model folder.
 *
 * @param text The contents of the file.
 * @param path What to call it in messages.
 * @throws {ModelFolderError} When it is not JSON, a key is missing, unknown or wrong, or two of them contradict each other.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => parseFolderConfig('{"architecture": "llama"}'), /architecture/);
 * ```
 */
export function parseFolderConfig(text: string, path = "config.json"): FolderConfig {
  return checkFolderConfig(parseJson(text, path), path);
}

/**
 * Checks a config that was put together from several sources.
 *
 * @throws {ModelFolderError} As {@linkcode parseFolderConfig}.
 */
export function checkFolderConfig(json: unknown, path: string): FolderConfig {
  return check(folderConfigSchema, json, path);
}

/**
 * Checks a config in which every key but `architecture` may be missing.
 *
 * @throws {ModelFolderError} When a key is unknown or wrong.
 */
export function checkPartialConfig(json: unknown, path: string): PartialFolderConfig {
  return check(partialConfigSchema, json, path);
}

/** @throws {ModelFolderError} When it is not JSON. */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ModelFolderError(path, `it is not JSON: ${cause}`, { cause });
  }
}

function check<T>(schema: z.ZodType<T>, json: unknown, path: string): T {
  const result = schema.safeParse(json, { jitless: true });
  if (result.success) return result.data;
  throw new ModelFolderError(path, z.prettifyError(result.error), { cause: result.error });
}
