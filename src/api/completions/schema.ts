import { z } from "zod";
import { MAX_CHOICES } from "../choices.ts";
import {
  clientNotes,
  obfuscation,
  refuseStrayStreamOptions,
  returnProgress,
  samplingFields,
  text,
} from "../fields.ts";
import { logitBias } from "../logit_bias.ts";
import { unsupported } from "../unsupported.ts";

const token = z.int().min(0);
const tokens = z.array(token).min(1);

/**
 * The body of `POST /v1/completions`. Whatever is not named here is refused.
 *
 * Source: OpenAI API reference, "Create completion (legacy)".
 */
export const completionRequest = z.strictObject({
  model: z.string(),
  prompt: z.union([
    text.min(1),
    z.array(text.min(1)).min(1).max(MAX_CHOICES),
    tokens,
    z.array(tokens).min(1).max(MAX_CHOICES),
  ]),
  stream: z.boolean().nullish(),
  return_progress: returnProgress,
  stream_options: z.strictObject({
    include_usage: z.boolean().nullish(),
    ...obfuscation,
  }).nullish(),
  max_tokens: z.int().min(1).nullish(),
  ...samplingFields,
  stop: z.union([text.min(1), z.array(text.min(1)).max(4)]).nullish(),
  seed: z.int().nullish(),
  n: z.int().min(1).max(MAX_CHOICES).nullish(),
  logit_bias: logitBias.nullish(),
  logprobs: z.int().min(0).max(5).nullish(),
  echo: z.boolean().nullish(),
  best_of: unsupported(z.literal(1)),
  suffix: unsupported(),
  user: clientNotes.user,
}).superRefine(refuseStrayStreamOptions).superRefine(({ prompt, n, echo, logprobs }, context) => {
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (echo && typeof logprobs === "number") {
    refuse("logprobs", "it cannot go with 'echo': how likely the prompt was is not told");
  }
  const count = promptsOf(prompt).length * (n ?? 1);
  if (count > MAX_CHOICES) refuse("n", `all prompts together may have ${MAX_CHOICES} answers`);
});

/** A text, or tokens. */
export type Prompt = string | readonly number[];

/** The prompts that a request has. */
export function promptsOf(prompt: z.infer<typeof completionRequest>["prompt"]): readonly Prompt[] {
  if (typeof prompt === "string") return [prompt];
  return prompt.every((item) => typeof item === "number") ? [prompt] : prompt as Prompt[];
}
