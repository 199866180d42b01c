import type { RecurrentState } from "../state/recurrent_state.ts";
import type { OnLogits } from "./engine.ts";

/** What a generation needs of a sequence. */
export interface Rewindable {
  /**
   * Reads tokens, and gives the logits after the last, `[V]`.
   *
   * @param onRead told, now and then, how many of them have been read
   * @param onLogits is given the logits after each token before the last
   */
  read(
    tokens: readonly number[],
    signal: AbortSignal,
    onRead?: (tokens: number) => void,
    onLogits?: OnLogits,
  ): Promise<Float32Array<ArrayBuffer>>;
  /** Remembers the present state, forgetting one that was remembered before. */
  mark(): void;
  /** Goes back to the remembered state. */
  rewind(): void;
  /** Whether it pays to read tokens that may turn out to be wrong, and does not change the others. */
  readonly mayReadAhead: boolean;
  /** A copy of the present state. */
  state(): Promise<RecurrentState>;
}
