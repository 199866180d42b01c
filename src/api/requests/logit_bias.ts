import { z } from "zod";
import type { SamplingOptions } from "../../sampling/sampler.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { InvalidRequestError } from "../errors/errors.ts";

/** Tokens that one request may give a bias. */
const MAX_BIASES = 1024;

/** Biases by token id. -100 forbids a token as good as surely, 100 makes it the only choice. */
export const logitBias = z.record(
  z.string().regex(/^(0|[1-9]\d{0,8})$/, "it is not the id of a token"),
  z.number().min(-100).max(100),
).refine(
  (biases) => Object.keys(biases).length <= MAX_BIASES,
  `it may have at most ${MAX_BIASES} tokens`,
);

/** @throws {InvalidRequestError} if the model has no such token */
export function toLogitBias(
  biases: Readonly<Record<string, number>> | null | undefined,
  { vocabSize }: Tokenizer,
): Pick<SamplingOptions, "logitBias"> {
  const logitBias = Object.entries(biases ?? {}).map(([token, bias]) =>
    [Number(token), bias] as const
  );
  const unknown = logitBias.find(([token]) => token >= vocabSize);
  if (unknown) {
    throw new InvalidRequestError(
      `Invalid 'logit_bias': the model has no token ${unknown[0]}, only those below ${vocabSize}.`,
      "logit_bias",
      "invalid_value",
    );
  }
  return logitBias.length > 0 ? { logitBias } : {};
}
