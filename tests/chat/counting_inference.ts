import type { Generated, GenerateOptions, Piece } from "../../src/engine/generate.ts";
import type { Inference, Sequence } from "../../src/engine/inference.ts";
import type { RecurrentState } from "../../src/state/recurrent_state.ts";

/** An inference that counts what is asked of it. */
export class CountingInference implements Inference {
  /** Tokens of each prompt, in order. */
  readonly prompts: number[] = [];
  /** Pieces that were generated. */
  pieces = 0;
  /** Generations that were begun and did not end. */
  open_generations = 0;
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
    const count = async function* (
      this: CountingInference,
      options: GenerateOptions,
    ): AsyncGenerator<Piece, Generated> {
      this.prompts.push(options.prompt.length);
      this.open_generations++;
      try {
        const pieces = sequence.generate(options);
        let step = await pieces.next();
        for (; !step.done; step = await pieces.next()) {
          this.pieces++;
          yield step.value;
        }
        return step.value;
      } finally {
        this.open_generations--;
      }
    };
    return {
      read: (tokens, signal) => sequence.read(tokens, signal),
      generate: (options) => count.call(this, options),
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
