import type { SamplingOptions } from "../../src/sampling/sampler.ts";

/**
 * The probability of each token as `PIPELINE.sample_logits` computes it, step by step and without care for speed.
 * `counts` holds how often each token was generated, decayed.
 */
export function referenceDistribution(
  logits: Float32Array,
  options: SamplingOptions,
  counts: ReadonlyMap<number, number> = new Map(),
): number[] {
  const { temperature, topP, topK, presencePenalty, frequencyPenalty } = options;
  const penalized = Float32Array.from(logits, (logit, token) => {
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
  const largest = Math.max(...probabilities); // or all powers of small probabilities are 0
  return normalize(probabilities.map((p) => (p / largest) ** (1 / temperature)));
}

function normalize(weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}
