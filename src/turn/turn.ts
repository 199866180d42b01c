import type { Grammar } from "../constrain/grammar.ts";
import type { FinishReason, Piece } from "../engine/generate.ts";
import type { Message, SplitAnswer } from "../prompt/message.ts";
import type { ChatTemplate } from "../prompt/template.ts";
import type { AskedOpening, Effort } from "../prompt/thinking.ts";
import type { AnswerDefaults } from "../sampling/default_sampling.ts";
import type { SamplingOptions } from "../sampling/sampler.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { CommitPart } from "../store/kv_store.ts";
import type { AnswerStream } from "../stream/answer_stream.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { RunStart } from "../tree/run.ts";
import type { Item } from "../tree/transcript.ts";
import type { PromptProgress } from "./prompt_progress.ts";

export type { FinishReason };

/** Tokens of one turn. The state after it has read `prompt + completion` tokens in all, if nothing was thought. */
export interface TurnUsage {
  /** Tokens of context: those already in the state and those read for this turn. */
  readonly prompt: number;
  /** Of these, the tokens that the state had already read. */
  readonly cached: number;
  /** Tokens of the answer, thoughts included. */
  readonly completion: number;
  /** Of these, the tokens of thoughts. @default 0 */
  readonly thoughts?: number;
}

/** The request of a turn. */
export interface TurnRequest {
  /** Whose data this is. Nothing stored for one tenant is visible to another. */
  readonly tenant: string;
  /** The system message, if there is one. It comes before everything else. */
  readonly instructions?: string;
  /**
   * The messages of this request, oldest first. For a continued response, the new ones only. If the last one is the
   * assistant's, the answer continues it. If there are none, the answer continues the last earlier message if it is the
   * assistant's, and answers it otherwise.
   */
  readonly messages: readonly Message[];
  /** Raw tokens to continue instead of messages: from the empty state, without a template. */
  readonly prompt?: readonly number[];
  /** The stored response to continue. */
  readonly previous?: string;
  /**
   * The id under which the turn is stored as a response, so that later turns can name it as `previous`. Absent: not
   * stored.
   */
  readonly storeAs?: string;
  /** The item ids of the messages, if they are stored. */
  readonly itemIds?: readonly string[];
  /** Turns the answer into messages with their ids, if it is stored. Absent: it is one message. */
  readonly toReply?: (answer: SplitAnswer) => readonly Item[];
  /** Only read, do not answer. There may be no messages then. */
  readonly readOnly?: boolean;
  /** Whether the answer is a message of its own even if the last message is the assistant's. */
  readonly newAnswer?: boolean;
  /** Set to resume a turn that was begun before, with the choices made then. */
  readonly resume?: TurnResumption;
  /** Writes that are committed together with the turn, once its end is known and before it is sent. */
  readonly commitWith?: (end: TurnEnd) => Promise<CommitPart>;
  /** Store nothing of this turn, not even in the prefix cache. */
  readonly ephemeral?: boolean;
  /** A sealed state from an earlier turn's end, to continue from instead of `previous`. */
  readonly sealed?: string;
  /** The response id for which the state after the turn is sealed for the client. Absent: it is not sealed. */
  readonly sealAs?: string;
  /** The result of an earlier turn to continue from, instead of `previous`. */
  readonly kept?: KeptTurn;
  /** Receives the result of this turn before its end is sent, for use as {@linkcode kept}. */
  readonly onKept?: (kept: KeptTurn) => void;
  /** How the answer opens, unless it continues a message. The effort is ignored by models that do not think. */
  readonly opening?: AskedOpening;
  readonly sampling: SamplingOptions;
  /** Stop sequences, besides the model's own end of turn. They are not part of the answer. */
  readonly stop: readonly string[];
  /** The most tokens to generate. */
  readonly maxTokens: number;
  /** Requests logprobs, with this many alternatives for each token. */
  readonly topLogprobs?: number;
  /**
   * With {@linkcode topLogprobs} and a {@linkcode prompt}: also requests logprobs of the prompt and of all chosen
   * tokens.
   */
  readonly tellPrompt?: boolean;
  /** The form that constrains the answer. */
  readonly grammar?: Grammar;
  /** Called if the turn is queued. Errors of the request are thrown before that. */
  readonly onWait?: () => void;
  /**
   * Where the grammar begins, if the answer continues a message: in that message, if the grammar allows it, or after it.
   *
   * @default "continuation"
   */
  readonly grammarFrom?: "answer" | "continuation";
  /** Called from time to time with how much of the prompt has been read. */
  readonly onProgress?: (progress: PromptProgress) => void;
  readonly signal: AbortSignal;
}

/** The result of a turn, in memory only. */
export interface KeptTurn {
  readonly state: RecurrentState;
  /** The fingerprint of the state's model. */
  readonly modelFingerprint: string;
  /** Tokens that the state has read. */
  readonly tokens: number;
  /** The hash of all messages that it has read. */
  readonly prefix: string;
  readonly instructions: string | undefined;
  /** The messages, without the instructions. */
  readonly messages: readonly Message[];
}

/** The parts of a turn that decide what is read for it. */
export type TurnInput =
  & Pick<
    TurnRequest,
    | "tenant"
    | "instructions"
    | "messages"
    | "prompt"
    | "previous"
    | "sealed"
    | "kept"
    | "readOnly"
    | "newAnswer"
    | "opening"
    | "grammar"
  >
  & Partial<Pick<TurnRequest, "signal">>;

/** How far a turn got that was begun before. */
export interface TurnResumption {
  readonly start: RunStart;
  /** The tokens of its text events so far. All of these are repeated. */
  readonly tokens: readonly number[];
}

/** How a turn ends. */
export interface TurnEnd {
  readonly type: "end";
  readonly reason: FinishReason;
  readonly usage: TurnUsage;
  /** The state after it, if that was to be sealed. */
  readonly sealed?: string;
}

/** Events of a turn: any number of texts, then exactly one end. */
export type TurnEvent = Piece | TurnEnd;

/** A turn in progress. */
export interface Turn {
  /** The seed in use: the request's own, or a random one. */
  readonly seed: number;
  /** Where it starts, for {@linkcode TurnRequest.resume}. */
  readonly start: RunStart;
  /**
   * The answer as it is generated. If the reader stops taking events, generation stops too, after the few pieces that an
   * engine may be ahead. What the turn stores is durable before the end event.
   */
  readonly events: AnswerStream<TurnEvent>;
}

/** Answers turns: the interface between the API and the rooms below. */
export interface ChatService {
  /** The model's own name, with that of the persona if it has one. */
  readonly model: string;
  /** When the model was created or loaded, in seconds since the epoch. */
  readonly created: number;
  /** Model, engine and precision. With the same fingerprint, the same seed gives the same answer. */
  readonly fingerprint: string;
  /** What the model reads and writes text with. */
  readonly tokenizer: Tokenizer;
  /** Defaults for what requests leave out. */
  readonly defaults: AnswerDefaults;
  /** How conversations become prompts. */
  readonly template: ChatTemplate;
  /** The default thinking effort. Undefined: the model does not think. */
  readonly effort: Effort | undefined;
  /** Bytes of the state of one conversation, in float32. */
  readonly stateBytes: number;
  /**
   * Starts a turn. Resolves once the request is known to be answerable, before the prompt is read.
   *
   * @throws {UnknownResponseError} if `previous` names nothing of this tenant.
   * @throws {StateMismatchError} if the stored state belongs to another model.
   * @throws {SealedStateError} if `sealed` was not sealed for this tenant and model.
   * @throws {NoStateSecretError} if nothing can be sealed here.
   * @throws {OtherInstructionsError} if the sealed state has read other instructions.
   */
  begin(request: TurnRequest): Promise<Turn>;
  /**
   * The tokens of context that a turn would have: `prompt` of its usage.
   *
   * @throws what {@linkcode begin} throws
   */
  count(input: TurnInput): Promise<number>;
  /** The tokens of a prompt that no stored state has read any of, as the template renders it. */
  promptTokens(
    input: Pick<TurnInput, "messages" | "readOnly" | "opening">,
  ): Promise<readonly number[]>;
}

/** Begins turns. */
export type BeginTurns = ChatService["begin"];

/** A hook around every turn: begins turns with `begin`, and wraps their events. */
export type AroundTurns = (begin: BeginTurns) => BeginTurns;
