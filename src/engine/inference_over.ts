import type { RecurrentState } from "../state/recurrent_state.ts";
import type { EngineInfo } from "./engine.ts";
import type { Inference, Sequence } from "./inference.ts";

/** An inference by means of something else that runs the model, and says of the model what that does. */
export abstract class InferenceOver<Inner extends EngineInfo & Pick<Inference, "close">>
  implements Inference {
  protected readonly inner: Inner;

  constructor(inner: Inner) {
    this.inner = inner;
  }

  get config() {
    return this.inner.config;
  }

  get layout() {
    return this.inner.layout;
  }

  get modelFingerprint() {
    return this.inner.modelFingerprint;
  }

  get fingerprint() {
    return this.inner.fingerprint;
  }

  get initialState() {
    return this.inner.initialState;
  }

  get initialTokens() {
    return this.inner.initialTokens;
  }

  abstract open(state?: RecurrentState): Sequence;

  close(): Promise<void> {
    return this.inner.close();
  }
}
