import type { Choice } from "../answers/choices.ts";

/**
 * Of several answers to each prompt, those that the model finds likeliest: by the mean logarithm of the probability of
 * their tokens. The likeliest comes first.
 *
 * @param choices `of` answers to the first prompt, then as many to each other one
 * @param n how many to keep for each prompt
 */
export function bestOf(choices: readonly Choice[], of: number, n: number): readonly Choice[] {
  if (of === n) return choices;
  const groups = Array.from(
    { length: choices.length / of },
    (_, prompt) => choices.slice(prompt * of, (prompt + 1) * of),
  );
  return groups.flatMap((group) => group.toSorted((a, b) => mean(b) - mean(a)).slice(0, n));
}

function mean({ pieces }: Choice): number {
  const logprobs = pieces.flatMap(({ logprobs = [] }) => logprobs.map(({ logprob }) => logprob));
  // An answer without a token is as likely as any: there is nothing that could have been another.
  if (logprobs.length === 0) return 0;
  return logprobs.reduce((sum, logprob) => sum + logprob, 0) / logprobs.length;
}
