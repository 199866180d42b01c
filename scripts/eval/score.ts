import { checkReads, type Engine, firstState } from "../../src/engine/engine.ts";
import { roundState } from "../../src/state/codec.ts";
import type { RecurrentState } from "../../src/state/recurrent_state.ts";
import { NoNumberError } from "../no_number_error.ts";

/** How documents are scored. */
export interface ScoreOptions {
  /** The token that a document begins after and ends with. */
  readonly endOfText: number;
  /** Documents that are read beside each other. */
  readonly batch: number;
  /** Rounds the state to f16 after so many tokens, again and again, as storing it after a turn of them does. */
  readonly roundEvery?: number | undefined;
  readonly signal?: AbortSignal;
  /** So many more tokens have been scored. */
  readonly onScored?: (tokens: number) => void;
}

/** A document under way. */
interface Reading {
  /** Its place among the documents. */
  readonly index: number;
  /** Its tokens and the end of text. */
  readonly targets: readonly number[];
  /** Targets that have been scored. */
  at: number;
  state: RecurrentState;
}

/**
 * Scores documents, each from the empty state: the model reads the end of text, then the document, and has to predict
 * all of its tokens and the end of text after them.
 *
 * Many documents are read beside each other, one token a step, since an engine gives the logits of the last token only.
 * The longest come first, so that few steps at the end are of few documents.
 *
 * @param documents The tokens of each document.
 * @returns the nats of each document, the sum of `-ln p` over its targets
 * @throws {InvalidTokenError} before anything is read
 * @throws {NoNumberError}
 */
export async function scoreDocuments(
  engine: Engine,
  documents: readonly (readonly number[])[],
  { endOfText, batch, roundEvery = Infinity, signal, onScored }: ScoreOptions,
): Promise<Float64Array<ArrayBuffer>> {
  const empty = firstState(engine);
  const reads = documents.map((tokens) => ({ state: empty, tokens: [...tokens, endOfText] }));
  checkReads(reads, engine.config.vocab_size);

  const waiting = reads
    .map(({ tokens }, index): Reading => ({ index, targets: tokens, at: 0, state: empty }))
    .sort((a, b) => a.targets.length - b.targets.length);
  const nats = new Float64Array(documents.length);
  let readings: Reading[] = [];
  while (true) {
    while (readings.length < batch && waiting.length > 0) readings.push(waiting.pop()!);
    if (readings.length === 0) return nats;
    signal?.throwIfAborted();
    const results = await engine.forward(readings.map(({ state, targets, at }) => ({
      state,
      tokens: [at === 0 ? endOfText : targets[at - 1]!],
    })));
    for (const [i, reading] of readings.entries()) {
      const { logits, state } = results[i]!;
      nats[reading.index]! += surprise(logits, reading.targets[reading.at]!);
      reading.at++;
      reading.state = reading.at % roundEvery === 0 ? roundState(state, "f16") : state;
    }
    onScored?.(readings.length);
    readings = readings.filter(({ targets, at }) => at < targets.length);
  }
}

/**
 * `-ln softmax(logits)[token]`, in float64.
 *
 * @throws {NoNumberError} if a logit is not finite
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(surprise(new Float32Array([1000, 1000]), 1), Math.LN2);
 * ```
 */
export function surprise(logits: Float32Array, token: number): number {
  let max = -Infinity;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i]!;
    if (!Number.isFinite(logit)) throw new NoNumberError(i, logit);
    if (logit > max) max = logit;
  }
  // Without the largest logit the exponents could overflow.
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i]! - max);
  return max - logits[token]! + Math.log(sum);
}
