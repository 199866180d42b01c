import { z } from "zod";
import { jsonRecord } from "../../records/json_record.ts";
import { unsupported } from "./unsupported.ts";

/** Text that is Unicode. JSON can spell halves of surrogate pairs, which no UTF-8 and no token can stand for. */
export const text = z.string().refine(
  (value) => value.isWellFormed(),
  "it holds half of a surrogate pair, which is not a character",
);

/** A short text, in which halves of surrogate pairs are replaced, as in all texts (U+FFFD). */
function wellFormed(max: number): z.ZodType<string> {
  return z.string().max(max).transform((value) => value.toWellFormed());
}

/** Whether there is nothing to read in a text. */
export function isBlank(value: string): boolean {
  return value.trim() === "";
}

/** What a client wants kept with something. Source: OpenAI API reference, `metadata`. */
export const metadata = jsonRecord(
  wellFormed(64),
  wellFormed(512),
  { propertyNames: { maxLength: 64 }, additionalProperties: { type: "string", maxLength: 512 } },
)
  .refine((pairs) => Object.keys(pairs).length <= 16, "it may have at most 16 pairs");

/**
 * A field that OpenAI's own client adds to what it parsed, and sends back with it: the same as is there as text.
 *
 * Source: openai, `chat.completions.parse`, `responses.parse`, `stream`.
 */
export function parsedByClient<N extends "parsed" | "parsed_arguments">(name: N) {
  return { [name]: z.unknown().optional() } as Record<N, z.ZodOptional<z.ZodUnknown>>;
}

/** Characters of what clients call their users and their caches. Source: Open Responses. */
const MAX_IDENTIFIER = 64;
/** Older, and without a limit of its own: enough for an address. */
const MAX_USER = 512;

/**
 * What clients say of their users and of caching. All of it is taken, and none changes an answer:
 *
 * - `safety_identifier` and `user` name the client's own user, for whoever runs the server to act on. Nobody does here.
 * - `prompt_cache_key` groups requests that begin alike. States are found by what they have read, so they are found
 *   without it.
 * - `prompt_cache_retention`: states are kept for a day if they are not used. That they are kept in memory alone can't
 *   be promised.
 */
export const clientNotes = {
  safety_identifier: z.string().max(MAX_IDENTIFIER).nullish(),
  prompt_cache_key: z.string().max(MAX_IDENTIFIER).nullish(),
  prompt_cache_retention: unsupported(z.literal("24h")),
  user: z.string().max(MAX_USER).nullish(),
};

/** A share of the probability of all tokens. */
const share = z.number().min(0).max(1).nullish();
/** What is taken from a logit. OpenAI allows 2 at most, other servers anything. */
const penalty = z.number().min(-100).max(100).nullish();
/** What a logit is divided by. 1 is neutral. */
const factor = z.number().min(0.01).max(100).nullish();
/** A setting of a sampler that is off, or is reported by its own name. */
const detail = z.number().nullish();

/**
 * Sampling, as all requests have it, under the names that OpenAI, RWKV's own tools, llama.cpp, Ollama, vLLM and
 * text-generation-webui give it. {@linkcode SAMPLING_NAMES} tells which of them mean the same.
 */
export const samplingFields = {
  temperature: z.number().min(0).nullish(),
  top_p: share,
  // 0 and below: all tokens.
  top_k: z.int().nullish(),
  min_p: share,
  typical_p: share,
  typical: share,
  repetition_penalty: factor,
  repeat_penalty: factor,
  // 0: none, and -1: all.
  repeat_last_n: z.int().min(-1).nullish(),
  presence_penalty: penalty,
  alpha_presence: penalty,
  frequency_penalty: penalty,
  alpha_frequency: penalty,
  penalty_decay: share,
  alpha_decay: share,
  min_tokens: z.int().min(0).nullish(),
  ignore_eos: z.boolean().nullish(),
  ban_eos_token: z.boolean().nullish(),
  // Samplers that Tern has not built, with the values that switch them off.
  dry_multiplier: unsupported(z.literal(0)),
  dry_base: detail,
  dry_allowed_length: detail,
  dry_penalty_last_n: detail,
  dry_sequence_breakers: z.union([z.string(), z.array(z.string())]).nullish(),
  dynatemp_range: unsupported(z.literal(0)),
  dynatemp_exponent: detail,
  encoder_repetition_penalty: unsupported(z.literal(1)),
  epsilon_cutoff: unsupported(z.literal(0)),
  eta_cutoff: unsupported(z.literal(0)),
  guidance_scale: unsupported(z.literal(1)),
  length_penalty: unsupported(z.literal(1)),
  mirostat: unsupported(z.literal(0)),
  mirostat_mode: unsupported(z.literal(0)),
  mirostat_eta: detail,
  mirostat_tau: detail,
  no_repeat_ngram_size: unsupported(z.literal(0)),
  num_beams: unsupported(z.literal(1)),
  penalty_alpha: unsupported(z.literal(0)),
  penalize_newline: unsupported(z.literal(false)),
  penalize_nl: unsupported(z.literal(false)),
  smoothing_factor: unsupported(z.literal(0)),
  smoothing_curve: detail,
  tfs: unsupported(z.literal(1)),
  tfs_z: unsupported(z.literal(1)),
  top_a: unsupported(z.literal(0)),
  top_n_sigma: unsupported(z.number().max(0)),
  use_beam_search: unsupported(z.literal(false)),
  xtc_probability: unsupported(z.literal(0)),
  xtc_threshold: detail,
};

/** Stop sequences of one request. */
const MAX_STOPS = 16;

const stopsOf = (each: typeof text) =>
  z.union([each, z.array(each).max(MAX_STOPS)])
    .transform((stop) => [stop].flat().filter((text) => text !== "")).nullish();

/** Where an answer ends: one text or several. Empty texts ask for nothing. */
export const stops = stopsOf(text);

/** The same for a strict server, which refuses empty texts. */
export const strictStops = stopsOf(text.min(1));

/** Tokens of an answer at the most. Below 0 the client sets no limit of its own; Ollama has -2 as well as -1 for that. */
const limit = z.int().min(-2).nullish();

/** The limit of an answer, under the names that OpenAI's interfaces, llama.cpp and Ollama give it. */
export const limitFields = {
  max_completion_tokens: limit,
  max_output_tokens: limit,
  max_tokens: limit,
  n_predict: limit,
  num_predict: limit,
};

/** An option of streams: whether the events that bring text are padded, see {@linkcode padding}. They are by default. */
export const obfuscation = { include_obfuscation: z.boolean().nullish() };

/** Refuses options for a stream where none is asked for. */
export function refuseStrayStreamOptions<
  T extends { stream?: boolean | null | undefined; stream_options?: object | null | undefined },
>(request: T, context: z.RefinementCtx<T>): void {
  if (!request.stream_options || request.stream) return;
  context.addIssue({
    code: "custom",
    path: ["stream_options"],
    message: "it is only allowed when 'stream' is true",
  });
}

/** llama.cpp's: whether a stream tells how much of the prompt has been read. Other replies have nothing to tell it in. */
export const returnProgress = z.boolean().nullish();

/** Functions in one request. Source: OpenAI API reference. */
export const MAX_TOOLS = 128;

/** The name of a function. */
export const toolName = z.string().regex(
  /^[\w-]{1,64}$/,
  "it must be up to 64 letters, digits, '_' and '-'",
);
