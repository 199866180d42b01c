import type { RecurrentState } from "../state/recurrent_state.ts";
import type { EngineInfo } from "./engine.ts";
import type { Generated, GenerateOptions, Piece } from "./generate.ts";

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
 * A state that reads and writes tokens, one call at a time: await it before the next.
 *
 * After a call failed or was aborted, the sequence can only be closed.
 */
export interface Sequence {
  /**
   * Reads tokens.
   *
   * @param onRead told, now and then, how many of them have been read
   * @returns the scores of each possible next token, `[V]`
   * @throws the signal's reason, at the latest after the chunk being computed
   */
  read(
    tokens: readonly number[],
    signal: AbortSignal,
    onRead?: (tokens: number) => void,
  ): Promise<Float32Array<ArrayBuffer>>;
  /**
   * Reads a prompt and generates an answer, piece by piece. At the end the state has read exactly the prompt and the
   * text that was yielded. An engine in another thread may be a few pieces ahead of who takes them.
   */
  generate(options: GenerateOptions): AsyncGenerator<Piece, Generated>;
  /**
   * A copy of the present state.
   *
   * @throws {NonFiniteStateError} if it holds NaN or an infinity
   */
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

/** A sequence was used out of order: a mistake of the caller. */
export class SequenceError extends Error {
  override readonly name = "SequenceError";
}
