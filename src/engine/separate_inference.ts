import type { RecurrentState } from "../state/recurrent_state.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Engine } from "./engine.ts";
import type { Inference, Sequence } from "./inference.ts";
import { Scheduler } from "./scheduler.ts";

/**
 * An engine in this thread whose sequences wait for nothing of each other, and so share no pass over the weights: for
 * hosts where the timers and promises of a request end with it, and who waited for them would wait forever.
 */
export class SeparateInference implements Inference {
  readonly #engine: Engine;
  readonly #tokenizer: Tokenizer;

  constructor(engine: Engine, tokenizer: Tokenizer) {
    this.#engine = engine;
    this.#tokenizer = tokenizer;
  }

  get config() {
    return this.#engine.config;
  }

  get layout() {
    return this.#engine.layout;
  }

  get modelFingerprint() {
    return this.#engine.modelFingerprint;
  }

  get fingerprint() {
    return this.#engine.fingerprint;
  }

  open(state?: RecurrentState): Sequence {
    return new Scheduler(this.#engine, this.#tokenizer).open(state);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}
