import { z } from "zod";
import {
  clientNotes,
  limitFields,
  obfuscation,
  refuseStrayStreamOptions,
  returnProgress,
  samplingFields,
  stops,
  strictStops,
  text,
} from "../requests/field_schemas.ts";
import { logitBias } from "../requests/logit_bias.ts";
import type { RequestKind } from "../requests/accept.ts";
import { CONSTRAINTS } from "../requests/answer_format.ts";
import { refuseDifferences } from "../requests/sampling.ts";
import { openFields } from "../requests/fields.ts";
import { isNeutral } from "../requests/neutral.ts";
import { impossible } from "../requests/unsupported.ts";

/** Answers that one request may make: to all prompts, with those that `best_of` leaves out. */
const MAX_ANSWERS = 2_048;
/** Answers to one prompt. */
const MAX_PER_PROMPT = 128;

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
    z.array(text.min(1)).min(1).max(MAX_ANSWERS),
    tokens,
    z.array(tokens).min(1).max(MAX_ANSWERS),
  ]),
  stream: z.boolean().nullish(),
  return_progress: returnProgress,
  stream_options: z.strictObject({
    include_usage: z.boolean().nullish(),
    ...obfuscation,
  }).nullish(),
  ...limitFields,
  ...samplingFields,
  stop: stops,
  seed: z.int().nullish(),
  n: z.int().min(1).max(MAX_PER_PROMPT).nullish(),
  logit_bias: logitBias.nullish(),
  // OpenAI allows 5, and chat completions 20.
  logprobs: z.int().min(0).max(20).nullish(),
  echo: z.boolean().nullish(),
  best_of: z.int().min(1).max(MAX_PER_PROMPT).nullish(),
  // A recurrent model reads in one direction.
  suffix: impossible(z.literal("")),
  user: clientNotes.user,
  ...CONSTRAINTS,
  guided_json: impossible(),
  json_schema: impossible(),
}).superRefine(({ prompt, n, best_of, stream }, context) => {
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  const kept = n ?? 1;
  const made = best_of ?? kept;
  if (made < kept) refuse("best_of", "it must not be less than 'n'");
  if (made > kept && stream) {
    refuse("best_of", "it is only known at the end which answers are best: 'stream' must be false");
  }
  if (promptsOf(prompt).length * made > MAX_ANSWERS) {
    const field = made > kept ? "best_of" : "n";
    refuse(field, `all prompts together may have ${MAX_ANSWERS} answers`);
  }
});

/** How requests for completions are understood. */
export const COMPLETION: RequestKind<z.infer<typeof completionRequest>> = {
  name: "completion",
  schema: completionRequest,
  strict: completionRequest.safeExtend({ stop: strictStops })
    .superRefine(refuseStrayStreamOptions).superRefine(refuseDifferences),
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
