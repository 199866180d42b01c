import type { SamplingOptions } from "../../src/sampling/sampler.ts";

/**
 * The probability of each token as `PIPELINE.sample_logits` computes it, step by step and without care for speed, with the
 * steps that it does not have: the repetition penalty as in CTRL, min-p, and typical-p as Hugging Face computes it.
 *
 * @param counts how often each token was generated, decayed
 * @param seen the tokens that the repetition penalty applies to
 */
export function referenceDistribution(
  logits: Float32Array,
  options: SamplingOptions,
  counts: ReadonlyMap<number, number> = new Map(),
  seen: readonly number[] = [],
): number[] {
  const { temperature, topP, topK, presencePenalty, frequencyPenalty } = options;
  const { minP = 0, typicalP = 1, repetitionPenalty = 1, repeatLastN = Infinity } = options;
  const repeated = new Set(repeatLastN === 0 ? [] : seen.slice(-repeatLastN));
  const penalized = Float32Array.from(logits, (logit, token) => {
    if (!repeated.has(token)) return logit;
    return logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
  }).map((logit, token) => {
    const count = counts.get(token);
    return count === undefined ? logit : logit - (presencePenalty + count * frequencyPenalty);
  });
  const likeliest = Math.max(...penalized);
  if (temperature === 0 || topP === 0) {
    const best = penalized.indexOf(likeliest);
    return Array.from(penalized, (_, token) => token === best ? 1 : 0);
  }
  let probabilities = normalize(Array.from(penalized, (logit) => Math.exp(logit - likeliest)));
  const order = [...probabilities.keys()].sort((a, b) =>
    probabilities[b]! - probabilities[a]! || a - b
  );
  if (topP < 1) {
    let sum = 0;
    const last = order.find((token) => (sum += probabilities[token]!) >= topP) ?? order.at(-1)!;
    const cutoff = probabilities[last]!;
    probabilities = probabilities.map((p) => p >= cutoff ? p : 0);
  }
  if (topK > 0) { for (const token of order.slice(topK)) probabilities[token] = 0; }
  const likeliestLeft = Math.max(...probabilities);
  probabilities = probabilities.map((p) => p >= minP * likeliestLeft ? p : 0);
  if (typicalP < 1) probabilities = keepTypical(normalize(probabilities), typicalP);
  const largest = Math.max(...probabilities); // or all powers of small probabilities are 0
  return normalize(probabilities.map((p) => (p / largest) ** (1 / temperature)));
}

/** Source: transformers, `TypicalLogitsWarper`. */
function keepTypical(probabilities: readonly number[], mass: number): number[] {
  const possible = [...probabilities.keys()].filter((token) => probabilities[token]! > 0);
  const surprise = (token: number) => -Math.log(probabilities[token]!);
  const entropy = possible.reduce((sum, token) => sum + probabilities[token]! * surprise(token), 0);
  const distance = (token: number) => Math.abs(surprise(token) - entropy);
  const order = possible.toSorted((a, b) => distance(a) - distance(b));
  let sum = 0;
  const last = order.find((token) => (sum += probabilities[token]!) >= mass) ?? order.at(-1)!;
  // Equal surprises may come out unequal by a rounding.
  const farthest = distance(last) + 1e-9;
  return probabilities.map((p, token) => p > 0 && distance(token) <= farthest ? p : 0);
}

function normalize(weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}
