import type { Inference, Sequence } from "../../src/engine/inference.ts";
import type { RecurrentState } from "../../src/state/recurrent_state.ts";

/** An inference that counts what is asked of it. */
export class CountingInference implements Inference {
  /** Tokens of each read, in order. */
  readonly reads: number[] = [];
  /** Sequences that were opened and not closed. */
  open_sequences = 0;
  readonly #inner: Inference;
  /** What it says of the model; tests may pretend that it is another. */
  modelFingerprint: string;

  constructor(inner: Inference) {
    this.#inner = inner;
    this.modelFingerprint = inner.modelFingerprint;
  }

  get config() {
    return this.#inner.config;
  }

  get layout() {
    return this.#inner.layout;
  }

  get fingerprint() {
    return this.#inner.fingerprint;
  }

  open(state?: RecurrentState): Sequence {
    const sequence = this.#inner.open(state);
    this.open_sequences++;
    return {
      read: (tokens, signal) => {
        this.reads.push(tokens.length);
        return sequence.read(tokens, signal);
      },
      mark: () => sequence.mark(),
      rewind: () => sequence.rewind(),
      state: () => sequence.state(),
      close: () => {
        this.open_sequences--;
        sequence.close();
      },
    };
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
