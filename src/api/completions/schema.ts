import { z } from "zod";
import { MAX_CHOICES } from "../choices.ts";
import {
  clientNotes,
  limitFields,
  obfuscation,
  refuseStrayStreamOptions,
  samplingFields,
  stops,
  text,
} from "../fields.ts";
import { logitBias } from "../logit_bias.ts";
import type { RequestKind } from "../requests/accept.ts";
import { CONSTRAINTS } from "../requests/answer_format.ts";
import { refuseDifferences } from "../sampling.ts";
import { openFields } from "../requests/fields.ts";
import { isNeutral } from "../requests/neutral.ts";
import { impossible, unsupported } from "../unsupported.ts";

const token = z.int().min(0);
const tokens = z.array(token).min(1);

/**
 * The body of `POST /v1/completions`.
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
  stream_options: z.strictObject({
    include_usage: z.boolean().nullish(),
    ...obfuscation,
  }).nullish(),
  ...limitFields,
  ...samplingFields,
  stop: stops,
  seed: z.int().nullish(),
  n: z.int().min(1).max(MAX_CHOICES).nullish(),
  logit_bias: logitBias.nullish(),
  logprobs: z.int().min(0).max(5).nullish(),
  echo: z.boolean().nullish(),
  best_of: unsupported(z.literal(1)),
  // A recurrent model reads in one direction.
  suffix: impossible(z.literal("")),
  user: clientNotes.user,
  ...CONSTRAINTS,
  guided_json: impossible(),
  json_schema: impossible(),
}).superRefine(({ prompt, n, echo, logprobs }, context) => {
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (echo && typeof logprobs === "number") {
    refuse("logprobs", "it cannot go with 'echo': how likely the prompt was is not told");
  }
  const count = promptsOf(prompt).length * (n ?? 1);
  if (count > MAX_CHOICES) refuse("n", `all prompts together may have ${MAX_CHOICES} answers`);
});

/** How requests for completions are understood. */
export const COMPLETION: RequestKind<z.infer<typeof completionRequest>> = {
  schema: completionRequest,
  strict: completionRequest.superRefine(refuseStrayStreamOptions).superRefine(refuseDifferences),
  translate(given, notes) {
    const body = openFields(given, notes);
    if (!body["stream"] && !isNeutral("", body["stream_options"])) {
      notes.ignored.add("stream_options");
    }
    return body;
  },
};

/** A text, or tokens. */
export type Prompt = string | readonly number[];

/** The prompts that a request has. */
export function promptsOf(prompt: z.infer<typeof completionRequest>["prompt"]): readonly Prompt[] {
  if (typeof prompt === "string") return [prompt];
  return prompt.every((item) => typeof item === "number") ? [prompt] : prompt as Prompt[];
}
