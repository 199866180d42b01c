import type { Generated, GenerateOptions, Piece } from "../../src/engine/generate.ts";
import type { Inference, Sequence } from "../../src/engine/inference.ts";
import { InferenceOver } from "../../src/engine/inference_over.ts";
import type { RecurrentState } from "../../src/state/recurrent_state.ts";

/** An inference that counts what is asked of it. */
export class CountingInference extends InferenceOver<Inference> {
  /** Tokens of each prompt, in order. */
  readonly prompts: number[] = [];
  /** Tokens that were read, without those that were generated. */
  tokensRead = 0;
  /** Pieces that were generated. */
  pieces = 0;
  /** Generations that were begun and did not end. */
  open_generations = 0;
  /** Sequences that were opened and not closed. */
  open_sequences = 0;
  /** What it says of the model, if tests pretend that it is another. */
  pretended: string | undefined;

  override get modelFingerprint(): string {
    return this.pretended ?? super.modelFingerprint;
  }

  open(state?: RecurrentState): Sequence {
    const sequence = this.inner.open(state);
    this.open_sequences++;
    const count = async function* (
      this: CountingInference,
      options: GenerateOptions,
    ): AsyncGenerator<Piece, Generated> {
      this.prompts.push(options.prompt.length);
      this.tokensRead += options.prompt.length;
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
      read: (tokens, signal) => {
        this.tokensRead += tokens.length;
        return sequence.read(tokens, signal);
      },
      generate: (options) => count.call(this, options),
      state: () => sequence.state(),
      close: () => {
        this.open_sequences--;
        sequence.close();
      },
    };
  }
}
