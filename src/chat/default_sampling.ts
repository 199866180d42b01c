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

/** Sampling when a request does not say: what the model says, or else the defaults of its kind. */
export function defaultSampling(
  { sampling }: FolderConfig,
): SamplingOptions & { readonly maxTokens: number } {
  return {
    temperature: sampling?.temperature ?? DEFAULTS.temperature,
    topP: sampling?.top_p ?? DEFAULTS.topP,
    topK: sampling?.top_k ?? DEFAULTS.topK,
    presencePenalty: sampling?.presence_penalty ?? DEFAULTS.presencePenalty,
    frequencyPenalty: sampling?.frequency_penalty ?? DEFAULTS.frequencyPenalty,
    penaltyDecay: sampling?.penalty_decay ?? DEFAULTS.penaltyDecay,
    maxTokens: sampling?.max_tokens ?? DEFAULTS.maxTokens,
  };
}
