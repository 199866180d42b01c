import type { ModelConfig } from "../rwkv/model_config.ts";
import type { StateLayout } from "../state/layout.ts";
import { RecurrentState } from "../state/recurrent_state.ts";

/** Tokens to read into a state. */
export interface ReadRequest {
  readonly state: RecurrentState;
  /** At least one token. */
  readonly tokens: readonly number[];
  /**
   * Whether nobody needs the given state any more, so that an engine that has it need not copy it. If it comes from the
   * same engine, its numbers cannot be asked for afterwards. @default {false}
   */
  readonly consume?: boolean;
  /** Is given the logits after each token but the last. */
  readonly onLogits?: OnLogits;
}

/**
 * Is given the logits after tokens, in their order.
 *
 * @param logits `[V]`: a view that holds during the call
 * @param index the token's place among those that are read
 */
export type OnLogits = (logits: Float32Array, index: number) => void;

/** What reading gave. */
export interface ReadResult {
  /** The scores of each possible next token, `[V]`. */
  readonly logits: Float32Array<ArrayBuffer>;
  /** The state after the tokens. It shares no memory with any other. */
  readonly state: RecurrentState;
}

/** What names a loaded model and what it computes. */
export interface EngineInfo {
  readonly config: ModelConfig;
  readonly layout: StateLayout;
  /** Tells models apart by their tensors, whatever file format they came in. States name it. */
  readonly modelFingerprint: string;
  /** Model, engine, version and precision: the same fingerprint gives the same bits. */
  readonly fingerprint: string;
  /** The tuned state that every text begins with, if the checkpoint has one merged in. */
  readonly initialState?: RecurrentState | undefined;
  /** Tokens that this state has read, after which a text goes on. Absent: none. */
  readonly initialTokens?: number | undefined;
}

/** The state before the first token of a text: the model's tuned one, or the empty one. */
export function firstState(
  { initialState, layout }: Pick<EngineInfo, "initialState" | "layout">,
): RecurrentState {
  return initialState ?? RecurrentState.empty(layout);
}

/** Port: runs a model. */
export interface Engine extends EngineInfo {
  /** Tokens that the engine reads in one piece. Longer reads are split, with the same result. */
  readonly chunkSize: number;
  /**
   * Reads tokens into states, several at once, of any mix of lengths. The given states are left as they are, unless they
   * may be consumed.
   *
   * @throws {InvalidTokenError} if a token is not in the vocabulary
   */
  forward(batch: readonly ReadRequest[]): Promise<ReadResult[]>;
  /** Whether a text gives the same bits in any split into reads. @default {false} */
  readonly splitsExactly?: boolean;
  /** Says that nobody needs a state of this engine any more. Its numbers cannot be asked for afterwards. */
  drop?(state: RecurrentState): void;
  /** Frees the model's memory. */
  close(): Promise<void>;
}

/** A token that the model does not have. */
export class InvalidTokenError extends RangeError {
  override readonly name = "InvalidTokenError";
  constructor(readonly token: number, readonly vocabSize: number) {
    super(`Token ${token} is not in the vocabulary of ${vocabSize}`);
  }
}

/** An empty list of tokens. */
export class NoTokensError extends RangeError {
  override readonly name = "NoTokensError";
  constructor() {
    super("There are no tokens to read");
  }
}

/** @throws {InvalidTokenError | NoTokensError} unless every read has tokens of the vocabulary */
export function checkReads(batch: readonly ReadRequest[], vocabSize: number): void {
  for (const { tokens } of batch) {
    if (tokens.length === 0) throw new NoTokensError();
    for (const token of tokens) {
      if (!(Number.isInteger(token) && token >= 0 && token < vocabSize)) {
        throw new InvalidTokenError(token, vocabSize);
      }
    }
  }
}
