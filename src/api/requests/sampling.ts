import type { z } from "zod";
import type { AnswerDefaults } from "../../sampling/default_sampling.ts";
import type { SamplingOptions } from "../../sampling/sampler.ts";
import type { limitFields, samplingFields } from "./field_schemas.ts";

/** The sampling fields that requests have in common. */
export type SamplingFields =
  & Partial<z.infer<z.ZodObject<typeof samplingFields>>>
  & { readonly seed?: number | null | undefined };

/** The fields that limit an answer. */
export type LimitFields = Partial<z.infer<z.ZodObject<typeof limitFields>>>;

/**
 * Sampling fields that have several names. The first is the one that the documentation uses; those of Ollama's `options`
 * are among them.
 */
export const SAMPLING_NAMES = {
  typicalP: ["typical_p", "typical"],
  repetitionPenalty: ["repetition_penalty", "repeat_penalty"],
  presencePenalty: ["presence_penalty", "alpha_presence"],
  frequencyPenalty: ["frequency_penalty", "alpha_frequency"],
  penaltyDecay: ["penalty_decay", "alpha_decay"],
  ignoreEnd: ["ignore_eos", "ban_eos_token"],
} as const satisfies { [Option in keyof SamplingOptions]?: readonly (keyof SamplingFields)[] };

/** The names of the limit. */
export const LIMIT_NAMES = [
  "max_completion_tokens",
  "max_output_tokens",
  "max_tokens",
  "n_predict",
  "num_predict",
] as const satisfies readonly (keyof LimitFields)[];

/** Refuses a value that is given under two names, and not the same. */
export function refuseDifferences(
  request: SamplingFields & LimitFields,
  context: z.RefinementCtx,
): void {
  const given = request as Readonly<Record<string, unknown>>;
  for (const names of [...Object.values(SAMPLING_NAMES), LIMIT_NAMES]) {
    const [first, ...others] = names.filter((name) => (given[name] ?? undefined) !== undefined);
    const other = others.find((name) => given[name] !== given[first!]);
    if (other === undefined) continue;
    const message = `it differs from '${first}', which means the same`;
    context.addIssue({ code: "custom", path: [other], message });
  }
}

/** How a request wants its tokens chosen: what it does not say is as the service has it. */
export function samplingOptions(
  request: SamplingFields,
  { maxTokens: _, maxTokensLimit: __, ...defaults }: AnswerDefaults,
): SamplingOptions {
  const named = <const Name extends keyof SamplingFields>(names: readonly Name[]) => {
    for (const name of names) {
      const value = request[name] ?? undefined;
      if (value !== undefined) return value;
    }
  };
  const { top_k, repeat_last_n: window } = request;
  const asked = {
    temperature: named(["temperature"]),
    topP: named(["top_p"]),
    // As for llama.cpp and vLLM: 0 and below keep all.
    topK: top_k === undefined || top_k === null ? undefined : Math.max(0, top_k),
    minP: named(["min_p"]),
    typicalP: named(SAMPLING_NAMES.typicalP),
    repetitionPenalty: named(SAMPLING_NAMES.repetitionPenalty),
    // All of them is what it is without it.
    repeatLastN: window === -1 ? undefined : window ?? undefined,
    presencePenalty: named(SAMPLING_NAMES.presencePenalty),
    frequencyPenalty: named(SAMPLING_NAMES.frequencyPenalty),
    penaltyDecay: named(SAMPLING_NAMES.penaltyDecay),
    minTokens: named(["min_tokens"]),
    ignoreEnd: named(SAMPLING_NAMES.ignoreEnd),
    seed: named(["seed"]),
  };
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

/** What a request says of the limit of its answer, under whichever name. */
export function askedLimit(request: LimitFields): number | undefined {
  const name = LIMIT_NAMES.find((name) => (request[name] ?? undefined) !== undefined);
  return name && (request[name] ?? undefined);
}

/**
 * Tokens of an answer at the most.
 *
 * @param byDefault where the request does not say
 */
export function answerLimit(
  request: LimitFields,
  { maxTokens, maxTokensLimit }: AnswerDefaults,
  byDefault = maxTokens,
): number {
  const asked = askedLimit(request) ?? byDefault;
  return asked < 0 ? maxTokensLimit : Math.min(asked, maxTokensLimit);
}
