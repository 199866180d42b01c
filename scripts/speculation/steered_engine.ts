import type { Engine, ReadRequest, ReadResult } from "../../src/engine/engine.ts";
import type { RecurrentState } from "../../src/state/recurrent_state.ts";

/** Added to the logit of the token that is to come: more than any that random weights give. */
const SURE = 1e6;

/**
 * An engine that computes all it is asked to, and then makes a given text the likeliest. So a model of random weights says
 * what a trained one would, at its own cost.
 */
export class SteeredEngine implements Engine {
  readonly config;
  readonly layout;
  readonly modelFingerprint;
  readonly fingerprint;
  readonly chunkSize;
  readonly splitsExactly = true;
  readonly #inner: Engine;
  #text: readonly number[] = [];
  /** Tokens that a state has read. */
  readonly #read = new WeakMap<RecurrentState, number>();

  constructor(inner: Engine) {
    this.#inner = inner;
    this.config = inner.config;
    this.layout = inner.layout;
    this.modelFingerprint = inner.modelFingerprint;
    this.fingerprint = inner.fingerprint;
    this.chunkSize = inner.chunkSize;
  }

  /** @param text what sequences read and say from now on, from their beginning */
  steer(text: readonly number[]): void {
    this.#text = text;
  }

  async forward(batch: readonly ReadRequest[]): Promise<ReadResult[]> {
    const starts = batch.map(({ state }) => this.#read.get(state) ?? 0);
    const results = await this.#inner.forward(batch.map((request, i) => {
      const { onLogits } = request;
      if (onLogits === undefined) return request;
      return {
        ...request,
        onLogits: (logits: Float32Array, index: number) => {
          this.#push(logits, starts[i]! + index);
          onLogits(logits, index);
        },
      };
    }));
    for (const [i, { state, logits }] of results.entries()) {
      const read = starts[i]! + batch[i]!.tokens.length;
      this.#read.set(state, read);
      this.#push(logits, read - 1);
    }
    return results;
  }

  drop(state: RecurrentState): void {
    this.#inner.drop?.(state);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #push(logits: Float32Array, index: number): void {
    const next = this.#text[index + 1];
    if (next !== undefined) logits[next]! += SURE;
  }
}
