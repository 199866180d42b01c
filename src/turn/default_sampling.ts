import type { FolderConfig } from "../checkpoint/folder_config.ts";
import type { SamplingOptions } from "../sampling/sampler.ts";

/** Sampling where neither the request nor the model says. Source: RWKV's documentation, chat default. */
const DEFAULTS = {
  temperature: 1,
  topP: 0.3,
  topK: 0,
  presencePenalty: 0.5,
  frequencyPenalty: 0.5,
  penaltyDecay: 0.996,
  maxTokens: 1024,
} as const;

/** Tokens of an answer at the most, where the server is not told otherwise. */
const MAX_TOKENS_LIMIT = 32_768;

/** How a service answers where a request does not say. */
export type AnswerDefaults = SamplingOptions & {
  /** Tokens of an answer at the most, unless the request says. */
  readonly maxTokens: number;
  /** Tokens of an answer at the most, whatever the request says. */
  readonly maxTokensLimit: number;
};

/** Sampling when a request does not say: what the model says, or else the defaults of its kind. */
export function defaultSampling(
  { sampling }: FolderConfig,
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
