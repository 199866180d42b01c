import type { Grammar } from "../constrain/grammar.ts";
import type { FinishReason, Piece } from "../engine/generate.ts";
import type { Message, SplitAnswer } from "../prompt/message.ts";
import type { ChatTemplate } from "../prompt/template.ts";
import type { AskedOpening, Effort } from "../prompt/thinking.ts";
import type { CommitPart } from "../records/commit_part.ts";
import type { SamplingOptions } from "../sampling/sampler.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { AnswerStream } from "../stream/answer_stream.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { RunStart } from "../tree/run.ts";
import type { Item } from "../tree/transcript.ts";
import type { AnswerDefaults } from "../sampling/default_sampling.ts";
import type { PromptProgress } from "./prompt_progress.ts";

export type { FinishReason };

/** Tokens of one turn. The state after it has read `prompt + completion` tokens in all, if nothing was thought. */
export interface TurnUsage {
  /** Tokens of context: those already in the state and those read for this turn. */
  readonly prompt: number;
  /** Of these, the tokens that the resumed state held, so that they were not read again. */
  readonly cached: number;
  /** Tokens of the answer, thoughts included. */
  readonly completion: number;
  /** Of these, the tokens of thoughts. @default 0 */
  readonly thoughts?: number;
}

/** What a turn is asked to do. */
export interface TurnRequest {
  /** Whose data this is. Nothing stored for one tenant is visible to another. */
  readonly tenant: string;
  /** The system message, if there is one. It comes before everything else. */
  readonly instructions?: string;
  /**
   * The messages of this request, oldest first. For a continued response, the new ones only. If the last one is the
   * assistant's, the answer continues it. If there are none, the answer continues the last message before them, or
   * answers it if it is not the assistant's.
   */
  readonly messages: readonly Message[];
  /** Tokens to go on from as they are, instead of messages: from the empty state, and with no template. */
  readonly prompt?: readonly number[];
  /** The stored response to continue. */
  readonly previous?: string;
  /** Given when the turn is to be stored as a response of this id, so that a later turn can name it as `previous`. */
  readonly storeAs?: string;
  /** What clients call the messages, if they are to be stored. */
  readonly itemIds?: readonly string[];
  /** The messages that an answer is, with their names, if it is to be stored. Without it, it is one message. */
  readonly toReply?: (answer: SplitAnswer) => readonly Item[];
  /** Only read: there is no answer. The messages may be none then. */
  readonly readOnly?: boolean;
  /** Whether the answer is a message of its own even if the last message, which it would continue, is the assistant's. */
  readonly newAnswer?: boolean;
  /** Given when the turn was begun before, and is to go on with what was chosen then. */
  readonly resume?: TurnResumption;
  /** What is committed together with the turn, once its end is known and before it is told. */
  readonly commitWith?: (end: TurnEnd) => Promise<CommitPart>;
  /** Keep nothing of this turn, not even for resuming from the same messages. */
  readonly ephemeral?: boolean;
  /** The state to go on from, as the end of an earlier turn gave it. Instead of `previous`. */
  readonly sealed?: string;
  /** Given when the state after the turn is to be sealed, for its client to keep, as that of a response of this id. */
  readonly sealAs?: string;
  /** What another turn came to, to go on from, instead of `previous`. */
  readonly kept?: KeptTurn;
  /** Given what this turn came to, before its end is told: for {@linkcode kept}. */
  readonly onKept?: (kept: KeptTurn) => void;
  /** How the answer begins, unless it continues a message. Models that do not think have no use for an effort. */
  readonly opening?: AskedOpening;
  readonly sampling: SamplingOptions;
  /** Where to end, besides the model's own end of turn. The sequence is not part of the answer. */
  readonly stop: readonly string[];
  /** Tokens to generate at the most. */
  readonly maxTokens: number;
  /** Asks how likely each token was, and so many of the likeliest in its place. */
  readonly topLogprobs?: number;
  /** With {@linkcode topLogprobs} and a {@linkcode prompt}: also tells how likely the prompt was, and every chosen token. */
  readonly tellPrompt?: boolean;
  /** What the answer must be. */
  readonly grammar?: Grammar;
  /** Called if the turn has to wait for a place among those that run. What is wrong with that is thrown before. */
  readonly onWait?: () => void;
  /**
   * Where the grammar begins, if the answer continues a message: in that message, if it allows that, or always after it.
   *
   * @default "continuation"
   */
  readonly grammarFrom?: "answer" | "continuation";
  /** Told, now and then, how much of the prompt has been read. */
  readonly onProgress?: (progress: PromptProgress) => void;
  readonly signal: AbortSignal;
}

/** What a turn came to, in memory alone. */
export interface KeptTurn {
  readonly state: RecurrentState;
  /** The model that the state is of. */
  readonly modelFingerprint: string;
  /** Tokens that the state has read. */
  readonly tokens: number;
  /** Names all messages that it has read. */
  readonly prefix: string;
  readonly instructions: string | undefined;
  /** What was said, but for the instructions. */
  readonly messages: readonly Message[];
}

/** What of a turn decides what is read for it. */
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

/** Where a turn that was begun before had got to. */
export interface TurnResumption {
  readonly start: RunStart;
  /** The tokens of its text events. All of these come again. */
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

/** What a turn yields, in this order: text any number of times, then exactly one end. */
export type TurnEvent = Piece | TurnEnd;

/** A turn under way. */
export interface Turn {
  /** The seed in use: the request's own, or the one drawn for it. */
  readonly seed: number;
  /** Where it begins, for {@linkcode TurnRequest.resume}. */
  readonly start: RunStart;
  /**
   * The answer as it is made. A reader that stops taking events stops generation after the few pieces that an engine may
   * be ahead. What the turn stores is durable before the end event comes.
   */
  readonly events: AnswerStream<TurnEvent>;
}

/** Answers turns. The one thing that the API asks of the rooms below. */
export interface ChatService {
  /** The model's own name, with that of the persona if it has one. */
  readonly model: string;
  /** When the model was made or loaded, seconds since the epoch. */
  readonly created: number;
  /** Model, engine and precision: the same fingerprint gives the same answer for the same seed. */
  readonly fingerprint: string;
  /** What the model reads and writes text with. */
  readonly tokenizer: Tokenizer;
  /** How it answers where a request does not say. */
  readonly defaults: AnswerDefaults;
  /** How conversations become prompts. */
  readonly template: ChatTemplate;
  /** How much the model thinks where a request does not say. Undefined: it was not taught to think. */
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
  ): Promise<number[]>;
}
