import type { EngineInfo } from "../engine/engine.ts";
import { EngineStoppedError, type Inference, type Sequence } from "../engine/inference.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";

/**
 * An inference that may be unloaded while nobody holds its model, and loaded again. What there is to know of it is known
 * all the while.
 */
export class PooledInference implements Inference {
  readonly config: EngineInfo["config"];
  readonly layout: EngineInfo["layout"];
  readonly modelFingerprint: string;
  readonly fingerprint: string;
  readonly initialState: RecurrentState | undefined;
  readonly #current: () => Inference | undefined;

  /**
   * @param info the inference as it was loaded the first time
   * @param current the inference that is loaded now, if one is
   */
  constructor(info: EngineInfo, current: () => Inference | undefined) {
    this.config = info.config;
    this.layout = info.layout;
    this.modelFingerprint = info.modelFingerprint;
    this.fingerprint = info.fingerprint;
    this.initialState = info.initialState;
    this.#current = current;
  }

  /** @throws {EngineStoppedError} if nobody holds the model */
  open(state?: RecurrentState): Sequence {
    const inference = this.#current();
    if (inference === undefined) throw new EngineStoppedError();
    return inference.open(state);
  }

  async close(): Promise<void> {
    await this.#current()?.close();
  }
}
