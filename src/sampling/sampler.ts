import { cutoff } from "./cutoff.ts";
import { exp } from "./exp.ts";
import { NonFiniteLogitsError } from "./non_finite_logits_error.ts";
import type { SamplerState } from "./sampler_state.ts";
import { SeededRandom } from "./seeded_random.ts";

/** How the next token is chosen from the logits. */
export interface SamplingOptions {
  /** 0 takes the likeliest token; above, probabilities are raised to `1 / temperature` after truncation. */
  readonly temperature: number;
  /** Keep the likeliest tokens that together reach this probability. 0 keeps only the likeliest, 1 all. */
  readonly topP: number;
  /** Keep this many of the likeliest tokens. 0 keeps all. */
  readonly topK: number;
  /** Taken from the logit of every token that was generated before. */
  readonly presencePenalty: number;
  /** Taken from the logit of a token for each (decayed) time it was generated. */
  readonly frequencyPenalty: number;
  /** All counts are multiplied by this after each token. */
  readonly penaltyDecay: number;
  /** Added to the logits of tokens: pairs of a token and its bias, no token twice. Ids beyond the logits are ignored. */
  readonly logitBias?: readonly (readonly [token: number, bias: number])[];
  /** Makes the choice repeatable. Absent: drawn at random. */
  readonly seed?: number;
}

/** Bins for logits by what they are below the greatest. The last one is for all that are farther. */
const BINS = 512;
/** Bins for a difference of 1. */
const BINS_A_UNIT = 8;

/**
 * Chooses tokens in RWKV's own order: biases and penalties, softmax, top-p, top-k, temperature, draw.
 *
 * - Top-p keeps every token that is as likely as the last one it needs, so it may keep more than it needs.
 * - Top-k keeps the lowest ids among equals.
 * - With `temperature` or `topP` 0 the likeliest token is taken, the lowest id among equals, and no random number is
 *   used; any other sample uses one.
 * - Tokens are counted only while a penalty is not 0.
 *
 * @see https://pypi.org/project/rwkv/ `PIPELINE.sample_logits` and `PIPELINE.generate` in `utils.py`
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const sampler = new Sampler({
 *   temperature: 1,
 *   topP: 0.5,
 *   topK: 0,
 *   presencePenalty: 0,
 *   frequencyPenalty: 0,
 *   penaltyDecay: 1,
 *   seed: 42,
 * });
 * assert.equal(sampler.sample(new Float32Array([-1, 3, -Infinity, 1])), 1);
 * ```
 */
export class Sampler {
  readonly #options: SamplingOptions;
  #random: SeededRandom;
  /** Token -> how often it was generated, decayed. */
  #counts = new Map<number, number>();
  /** Logits after biases and penalties. `[V]` */
  #penalized = new Float32Array();
  /** The tokens that may still be drawn come first, in rising order. `[V]` */
  #tokens = new Int32Array();
  /** Of each of them, its probability times a constant. `[V]` */
  #weights = new Float64Array();
  /** What tokens weigh together whose logits are about as far below the greatest: bins of equal width. */
  readonly #masses = new Float64Array(BINS);
  /** Weights that {@linkcode cutoff} may reorder. `[V]` */
  #scratch = new Float64Array();

  /** @param options The seed may be any safe integer. */
  constructor(options: SamplingOptions & { readonly seed: number }) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
  }

  /**
   * A sampler that goes on where another one was saved. The seed in the options plays no part.
   *
   * @param state What {@linkcode Sampler.save} returned.
   */
  static restore(options: SamplingOptions, state: SamplerState): Sampler {
    const sampler = new Sampler({ ...options, seed: 0 });
    sampler.#random = SeededRandom.restore(state.random);
    sampler.#counts = new Map(state.counts);
    return sampler;
  }

  /** What the next samples depend on, as plain JSON. */
  save(): SamplerState {
    return { random: this.#random.save(), counts: [...this.#counts] };
  }

  /**
   * Chooses the next token and counts it.
   *
   * @param logits `[V]`, left as they are. A token with -Infinity is never chosen.
   * @param settle makes of the chosen token the one that is taken and counted
   * @throws {NonFiniteLogitsError} If one is NaN or +Infinity or all are -Infinity. The sampler is left as it was.
   */
  sample(logits: Float32Array, settle = (token: number) => token): number {
    const penalized = this.#penalize(logits);
    const likeliest = argmax(penalized);
    const { temperature, topP } = this.#options;
    const greedy = temperature === 0 || topP === 0;
    const token = settle(greedy ? likeliest : this.#draw(penalized, penalized[likeliest]!));
    this.#count(token);
    return token;
  }

  /** Goes on as if it had just chosen this token, without looking at logits. */
  replay(token: number): void {
    const { temperature, topP } = this.#options;
    if (temperature !== 0 && topP !== 0) this.#random.next();
    this.#count(token);
  }

  #penalize(logits: Float32Array): Float32Array {
    const { presencePenalty, frequencyPenalty, logitBias = [] } = this.#options;
    if (this.#counts.size === 0 && logitBias.length === 0) return logits;
    if (this.#penalized.length !== logits.length) {
      this.#penalized = new Float32Array(logits.length);
    }
    this.#penalized.set(logits);
    for (const [token, bias] of logitBias) {
      if (token < logits.length) this.#penalized[token]! += bias;
    }
    for (const [token, count] of this.#counts) {
      this.#penalized[token]! -= presencePenalty + count * frequencyPenalty;
    }
    return this.#penalized;
  }

  #count(token: number): void {
    const { presencePenalty, frequencyPenalty, penaltyDecay } = this.#options;
    if (presencePenalty === 0 && frequencyPenalty === 0) return;
    for (const [counted, count] of this.#counts) {
      const decayed = count * penaltyDecay;
      if (decayed > 0) this.#counts.set(counted, decayed);
      else this.#counts.delete(counted);
    }
    this.#counts.set(token, (this.#counts.get(token) ?? 0) + 1);
  }

  /** @param max The greatest logit, taken off all of them so that no exponential overflows. */
  #draw(logits: Float32Array, max: number): number {
    const { temperature, topP, topK } = this.#options;
    if (this.#weights.length !== logits.length) {
      this.#weights = new Float64Array(logits.length);
      this.#tokens = new Int32Array(logits.length);
      this.#scratch = new Float64Array(logits.length);
    }
    const weights = this.#weights;
    const tokens = this.#tokens;
    // Truncation looks at the probabilities before temperature; without it there is no need for them.
    const truncates = topP < 1 || topK > 0;
    const divisor = truncates ? 1 : temperature;
    const masses = this.#masses.fill(0);
    let total = 0;
    for (let token = 0; token < logits.length; token++) {
      const x = (logits[token]! - max) / divisor;
      const weight = exp(x);
      weights[token] = weight;
      tokens[token] = token;
      total += weight;
      if (topP < 1) masses[Math.min(x * -BINS_A_UNIT, BINS - 1) | 0]! += weight;
    }
    let kept = logits.length;
    if (truncates) {
      kept = this.#truncate(total);
      total = 0;
      for (let i = 0; i < kept; i++) {
        if (temperature !== 1) weights[i] = exp((logits[tokens[i]!]! - max) / temperature);
        total += weights[i]!;
      }
    }
    const target = this.#random.next() * total;
    let sum = 0;
    let last = 0;
    for (let i = 0; i < kept && sum <= target; i++) {
      if (weights[i] === 0) continue;
      sum += weights[i]!;
      last = i;
    }
    // Rounding may bring the target up to the total, which the sum does not pass: then it is the last token.
    return tokens[last]!;
  }

  /** Keeps what top-p and top-k leave of all tokens, whose weights sum to the total. Returns how many. */
  #truncate(total: number): number {
    const { topP, topK } = this.#options;
    let kept = this.#tokens.length;
    if (topP < 1) {
      kept = this.#keep(kept, this.#leastNeeded(topP * total));
      kept = this.#keep(kept, cutoff(this.#copy(kept), topP * total, "value"));
    }
    if (topK > 0 && kept > topK) {
      // A token that is not among the likeliest k of some tokens is not among those of all.
      const some = Math.max(topK, kept >> 4);
      kept = this.#keep(kept, cutoff(this.#copy(some), topK, "count"));
      const candidates = this.#copy(kept);
      const least = cutoff(candidates, topK, "count");
      const above = candidates.reduce((count, weight) => count + (weight > least ? 1 : 0), 0);
      kept = this.#keep(kept, least, topK - above);
    }
    return kept;
  }

  /** A weight that is not above that of any token that is needed to reach a mass, and not far below the least of them. */
  #leastNeeded(mass: number): number {
    let sum = 0;
    for (let bin = 0; bin < BINS - 1; bin++) {
      sum += this.#masses[bin]!;
      // A little less: sums and exponentials are rounded.
      if (sum >= mass) return exp(-(bin + 1) / BINS_A_UNIT) * (1 - 1e-9);
    }
    return 0;
  }

  /** Of the first tokens, moves those to the front that are not below a weight, and at most so many that equal it. */
  #keep(count: number, least: number, equals = Infinity): number {
    const weights = this.#weights;
    const tokens = this.#tokens;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const weight = weights[i]!;
      if (weight < least || (weight === least && equals-- <= 0)) continue;
      weights[kept] = weight;
      tokens[kept] = tokens[i]!;
      kept++;
    }
    return kept;
  }

  #copy(count: number): Float64Array {
    const copy = this.#scratch.subarray(0, count);
    copy.set(this.#weights.subarray(0, count));
    return copy;
  }
}

/** @throws {NonFiniteLogitsError} */
function argmax(logits: Float32Array): number {
  let likeliest = -1;
  let max = -Infinity;
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token]!;
    if (!(logit < Infinity)) throw new NonFiniteLogitsError(logits);
    if (logit > max) {
      max = logit;
      likeliest = token;
    }
  }
  if (likeliest === -1) throw new NonFiniteLogitsError(logits);
  return likeliest;
}
