import { z } from "zod";
import type { SamplingOptions } from "./sampler.ts";

/** The defaults that a model can set in its `config.json`, in the words of requests. */
export const modelSamplingSchema = z.strictObject({
  temperature: z.number().min(0),
  top_p: z.number().min(0).max(1),
  top_k: z.int().min(0),
  min_p: z.number().min(0).max(1),
  typical_p: z.number().min(0).max(1),
  repetition_penalty: z.number().min(0.01).max(100),
  presence_penalty: z.number().min(-2).max(2),
  frequency_penalty: z.number().min(-2).max(2),
  penalty_decay: z.number().min(0).max(1),
  max_tokens: z.int().min(1),
}).partial();

/** The defaults of a model. */
export type ModelSampling = z.infer<typeof modelSamplingSchema>;

/** Sampling where neither the request nor the model says otherwise. Source: RWKV's documentation, chat default. */
const DEFAULTS = {
  temperature: 1,
  topP: 0.3,
  topK: 0,
  presencePenalty: 0.5,
  frequencyPenalty: 0.5,
  penaltyDecay: 0.996,
  maxTokens: 1024,
} as const;

/** The most tokens of an answer, unless a setting says otherwise. */
const MAX_TOKENS_LIMIT = 32_768;

/** The defaults for requests. */
export type AnswerDefaults = SamplingOptions & {
  /** The most tokens of an answer, unless the request says otherwise. */
  readonly maxTokens: number;
  /** The most tokens of an answer, whatever the request says. */
  readonly maxTokensLimit: number;
};

/** The defaults for requests: those of the model, or else Tern's. */
export function defaultSampling(
  sampling: ModelSampling | undefined,
  maxTokensLimit: number = MAX_TOKENS_LIMIT,
): AnswerDefaults {
  return {
    temperature: sampling?.temperature ?? DEFAULTS.temperature,
    topP: sampling?.top_p ?? DEFAULTS.topP,
    topK: sampling?.top_k ?? DEFAULTS.topK,
    ...(sampling?.min_p === undefined ? {} : { minP: sampling.min_p }),
    ...(sampling?.typical_p === undefined ? {} : { typicalP: sampling.typical_p }),
    ...(sampling?.repetition_penalty === undefined
      ? {}
      : { repetitionPenalty: sampling.repetition_penalty }),
    presencePenalty: sampling?.presence_penalty ?? DEFAULTS.presencePenalty,
    frequencyPenalty: sampling?.frequency_penalty ?? DEFAULTS.frequencyPenalty,
    penaltyDecay: sampling?.penalty_decay ?? DEFAULTS.penaltyDecay,
    maxTokens: Math.min(sampling?.max_tokens ?? DEFAULTS.maxTokens, maxTokensLimit),
    maxTokensLimit,
  };
}

/** Defaults as `/v1/models` shows them, in the words of requests. */
export function shownDefaults(defaults: AnswerDefaults): Readonly<Record<string, number>> {
  return {
    temperature: defaults.temperature,
    top_p: defaults.topP,
    top_k: defaults.topK,
    min_p: defaults.minP ?? 0,
    typical_p: defaults.typicalP ?? 1,
    repetition_penalty: defaults.repetitionPenalty ?? 1,
    presence_penalty: defaults.presencePenalty,
    frequency_penalty: defaults.frequencyPenalty,
    penalty_decay: defaults.penaltyDecay,
    max_tokens: defaults.maxTokens,
  };
}
