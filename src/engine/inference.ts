import type { RecurrentState } from "../state/recurrent_state.ts";
import type { EngineInfo } from "./engine.ts";

/**
 * Port: runs many sequences beside each other. This is what turns ask of an engine; it may live in another thread.
 */
export interface Inference extends EngineInfo {
  /** Begins a sequence at a state, or at the empty one. Close it when done. */
  open(state?: RecurrentState): Sequence;
  /** Ends all sequences and frees the model. */
  close(): Promise<void>;
}

/**
 * A state that reads tokens, one read at a time: await a read before the next call.
 *
 * After a read failed or was aborted, the sequence can only be closed.
 */
export interface Sequence {
  /**
   * Reads tokens.
   *
   * @returns the scores of each possible next token, `[V]`
   * @throws the signal's reason, at the latest after the chunk being computed
   */
  read(tokens: readonly number[], signal: AbortSignal): Promise<Float32Array<ArrayBuffer>>;
  /** Remembers the present state, forgetting one that was remembered before. */
  mark(): void;
  /** Goes back to the remembered state. */
  rewind(): void;
  /** A copy of the present state. */
  state(): Promise<RecurrentState>;
  /** Releases the sequence. Closing twice does nothing. */
  close(): void;
}

/** The engine has stopped, so that a sequence cannot go on. */
export class EngineStoppedError extends Error {
  override readonly name = "EngineStoppedError";
  constructor(cause?: unknown) {
    super("The engine has stopped", { cause });
  }
}
