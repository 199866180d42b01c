import type { RecurrentState } from "../state/recurrent_state.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Engine } from "./engine.ts";
import type { Sequence } from "./inference.ts";
import { InferenceOver } from "./inference_over.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";

/**
 * An engine in this thread whose sequences wait for nothing of each other, and so share no pass over the weights: for
 * hosts where the timers and promises of a request end with it, and who waited for them would wait forever.
 */
export class SeparateInference extends InferenceOver<Engine> {
  readonly #tokenizer: Tokenizer;
  readonly #options: SchedulerOptions;

  constructor(engine: Engine, tokenizer: Tokenizer, options: SchedulerOptions = {}) {
    super(engine);
    this.#tokenizer = tokenizer;
    this.#options = options;
  }

  open(state?: RecurrentState): Sequence {
    return new Scheduler(this.inner, this.#tokenizer, this.#options).open(state);
  }
}
