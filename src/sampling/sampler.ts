import { cutoff } from "./cutoff.ts";
import { exp } from "./exp.ts";
import { NonFiniteLogitsError } from "./non_finite_logits_error.ts";
import type { SamplerState } from "./sampler_state.ts";
import { SeededRandom } from "./seeded_random.ts";
import { SeenTokens } from "./seen_tokens.ts";
import { typicalCutoff } from "./typical_cutoff.ts";

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
  /** Keep the tokens with at least this share of the likeliest token's probability. @default {0}, which keeps all */
  readonly minP?: number;
  /**
   * Locally typical sampling: keep the tokens whose surprise is closest to the entropy, until together they reach this
   * probability. @default {1}, which keeps all
   */
  readonly typicalP?: number;
  /**
   * Divides the logits of seen tokens that are positive, and multiplies the others, as in CTRL. Tokens of the prompt are
   * seen as well, see {@linkcode Sampler.see}. @default {1}
   */
  readonly repetitionPenalty?: number;
  /** Only the last so many seen tokens are subject to the repetition penalty. @default all */
  readonly repeatLastN?: number;
  /** Minimum tokens of an answer: before that, only a complete grammar ends it. @default {0} */
  readonly minTokens?: number;
  /** The model does not end the answer: neither its end of text nor its own stop sequences. @default {false} */
  readonly ignoreEnd?: boolean;
  /** Makes the choice repeatable. Absent: drawn at random. */
  readonly seed?: number;
}

/** Bins for logits by what they are below the greatest. The last one is for all that are farther. */
const BINS = 512;
/** Bins for a difference of 1. */
const BINS_A_UNIT = 8;

/**
 * Chooses tokens in RWKV's own order: biases and penalties, softmax, top-p, top-k, temperature, draw. What RWKV's own
 * sampler does not have stands where it changes the least: the repetition penalty before the other penalties, min-p and
 * then typical-p after top-k.
 *
 * - Top-p keeps every token that is as likely as the last one it needs, so it may keep more than it needs.
 * - Top-k keeps the lowest ids among equals.
 * - Typical-p looks at the distribution that the truncations before it have left, and keeps tokens that are as typical as
 *   the last one it needs.
 * - With `temperature` or `topP` 0 the likeliest token is taken, the lowest id among equals, and no random number is
 *   used; any other sample uses one.
 * - Tokens are counted only while a penalty is not 0, and remembered as seen only with a repetition penalty.
 *
 * @see https://pypi.org/project/rwkv/ `PIPELINE.sample_logits` and `PIPELINE.generate` in `utils.py`
 * @see https://arxiv.org/abs/1909.05858 section 4.1 for the repetition penalty
 * @see https://arxiv.org/abs/2202.00666 for typical-p, and https://arxiv.org/abs/2407.01082 for min-p
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
  /** What the repetition penalty applies to. Undefined while it is neutral. */
  #seen: SeenTokens | undefined;
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
  /** How far tokens are from being typical. `[V]`, once that is asked for */
  #distances = new Float64Array();

  /** @param options The seed may be any safe integer. */
  constructor(options: SamplingOptions & { readonly seed: number }) {
    const { repetitionPenalty = 1, repeatLastN = Infinity } = options;
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    if (repetitionPenalty !== 1 && repeatLastN > 0) this.#seen = new SeenTokens(repeatLastN);
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
    sampler.see(state.seen ?? []);
    return sampler;
  }

  /** What the next samples depend on, as plain JSON. */
  save(): SamplerState {
    return {
      random: this.#random.save(),
      counts: [...this.#counts],
      ...(this.#seen ? { seen: this.#seen.save() } : {}),
    };
  }

  /** Takes note of tokens that were not generated, as those of a prompt: the repetition penalty applies to them. */
  see(tokens: Iterable<number>): void {
    if (this.#seen === undefined) return;
    for (const token of tokens) this.#seen.add(token);
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
    if (this.#counts.size === 0 && logitBias.length === 0 && !this.#seen) return logits;
    if (this.#penalized.length !== logits.length) {
      this.#penalized = new Float32Array(logits.length);
    }
    this.#penalized.set(logits);
    for (const [token, bias] of logitBias) {
      if (token < logits.length) this.#penalized[token]! += bias;
    }
    if (this.#seen) this.#penalizeSeen(this.#seen);
    for (const [token, count] of this.#counts) {
      this.#penalized[token]! -= presencePenalty + count * frequencyPenalty;
    }
    return this.#penalized;
  }

  #penalizeSeen(seen: SeenTokens): void {
    const { repetitionPenalty = 1 } = this.#options;
    const penalized = this.#penalized;
    for (const token of seen) {
      if (token >= penalized.length) continue;
      const logit = penalized[token]!;
      penalized[token] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
    }
  }

  #count(token: number): void {
    this.#seen?.add(token);
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
    const { temperature, topP, topK, minP = 0, typicalP = 1 } = this.#options;
    if (this.#weights.length !== logits.length) {
      this.#weights = new Float64Array(logits.length);
      this.#tokens = new Int32Array(logits.length);
      this.#scratch = new Float64Array(logits.length);
    }
    const weights = this.#weights;
    const tokens = this.#tokens;
    // Truncation looks at the probabilities before temperature; without it there is no need for them.
    const truncates = topP < 1 || topK > 0 || minP > 0 || typicalP < 1;
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
      // The likeliest token weighs 1, so that weights are the shares that min-p asks for.
      if (minP > 0) kept = this.#keep(kept, minP);
      if (typicalP < 1) kept = this.#keepTypical(kept, logits, max);
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

  /**
   * Of the first tokens, moves the most typical ones to the front. With x the logits and p the probabilities of the
   * tokens, the surprise `log Z - x` is `|x - sum(p x)|` away from the entropy `log Z - sum(p x)`, so that no logarithm is
   * needed, which hosts may round as they like.
   */
  #keepTypical(count: number, logits: Float32Array, max: number): number {
    const weights = this.#weights;
    const tokens = this.#tokens;
    if (this.#distances.length !== logits.length) {
      this.#distances = new Float64Array(logits.length);
    }
    const distances = this.#distances;
    let total = 0;
    let sum = 0;
    let possible = 0;
    for (let i = 0; i < count; i++) {
      const weight = weights[i]!;
      if (weight === 0) continue;
      total += weight;
      sum += weight * (logits[tokens[i]!]! - max);
      weights[possible] = weight;
      tokens[possible] = tokens[i]!;
      possible++;
    }
    const mean = sum / total;
    const distance = (i: number) => Math.abs(logits[tokens[i]!]! - max - mean);
    for (let i = 0; i < possible; i++) distances[i] = distance(i);
    const { typicalP = 1 } = this.#options;
    const farthest = typicalCutoff(
      distances.subarray(0, possible),
      this.#copy(possible),
      typicalP * total,
    );
    let kept = 0;
    for (let i = 0; i < possible; i++) {
      if (distance(i) > farthest) continue;
      weights[kept] = weights[i]!;
      tokens[kept] = tokens[i]!;
      kept++;
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
