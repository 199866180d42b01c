import type { Inference, Sequence } from "../../src/engine/inference.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { FAKE_MODEL } from "./fake_chat_service.ts";

/** Reads tokens into states that show which ones they were, and generates nothing. */
export class FakeInference implements Inference {
  readonly layout = FAKE_MODEL.layout;
  readonly modelFingerprint = FAKE_MODEL.modelFingerprint;
  readonly fingerprint = "fake model, fake engine";
  readonly config = {
    version: "4",
    n_layer: 1,
    n_embd: 4,
    head_size: 0,
    vocab_size: 257,
  } as unknown as Inference["config"];
  /** Waited for before each read. */
  gate: () => Promise<void> = () => Promise.resolve();
  /** All tokens that were read, by all sequences. */
  readonly tokens: number[] = [];
  sequences = 0;

  open(state: RecurrentState = RecurrentState.empty(this.layout)): Sequence {
    this.sequences++;
    const data = state.data.slice();
    return {
      read: async (tokens, signal) => {
        await this.gate();
        signal.throwIfAborted();
        for (const token of tokens) {
          const at = 1 + data[0]! % (data.length - 1);
          data[at] = (Math.max(0, data[at]!) * 31 + token) % 65_521;
          data[0]!++;
        }
        this.tokens.push(...tokens);
        return new Float32Array();
      },
      generate: () => {
        throw new Error("It does not generate");
      },
      state: () => Promise.resolve(new RecurrentState(this.layout, data.slice())),
      close: () => {
        this.sequences--;
      },
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
