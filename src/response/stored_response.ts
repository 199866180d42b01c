import { z } from "zod";
import type { Piece } from "../engine/generate.ts";
import type { AnswerForm } from "../prompt/answer_form.ts";
import type { AnswerStream } from "../stream/answer_stream.ts";
import type { RunEnd } from "../tree/run.ts";
import type { Item } from "../tree/transcript.ts";
import type { TurnRequest } from "../turn/turn.ts";

/** What a response is generated from, without callbacks and signals: plain JSON. */
export type ResponseTurn =
  & Pick<
    TurnRequest,
    | "instructions"
    | "messages"
    | "newAnswer"
    | "itemIds"
    | "readOnly"
    | "opening"
    | "sampling"
    | "stop"
    | "maxTokens"
    | "topLogprobs"
  >
  & {
    /** The form that constrains the answer. */
    readonly form?: AnswerForm;
    /** Whether it may begin with thoughts. */
    readonly thinks?: boolean;
    /** The name of the model that answers. Absent: the main one. */
    readonly model?: string;
  };

/** The stored part of a request. It was validated before it was written, so only its form is checked. */
export const filedSchema = z.object({
  /** What the API needs to show the response again. `null`: an ingested text, which is not shown. */
  card: z.unknown(),
  turn: z.custom<ResponseTurn>((value) => typeof value === "object" && value !== null),
});

/** How a client waits for a response. It decides what happens when the client leaves. */
export type ResponseMode =
  /** For the whole answer. When it leaves, nobody knows the id, and the response is deleted. */
  | "whole"
  /** For a stream. When it leaves, the response pauses until somebody asks for it. */
  | "stream"
  /** Not at all: the response runs in the background. */
  | "background";

/** A response to be made and stored. */
export interface NewResponse {
  readonly tenant: string;
  readonly id: string;
  /** What the API needs to show it again: any JSON. */
  readonly card: unknown;
  readonly turn: ResponseTurn;
  readonly mode: ResponseMode;
  /** Whether clients can find it by its id without being told that it was created. */
  readonly findable?: boolean;
  /** The response to continue. */
  readonly previous?: string;
  /** The conversation to continue. */
  readonly conversation?: string;
  /** How long to wait while the conversation is busy, in milliseconds. Absent: not at all. */
  readonly patience?: number;
  /** Called if it has to wait: for the conversation, or in the queue of turns. */
  readonly onWait?: () => void;
  /** Called from time to time with how much of the prompt has been read, if it is made here. */
  readonly onProgress?: TurnRequest["onProgress"];
}

/** Events of a stored response: any number of texts, then one end. */
export type ResponseEvent = Piece | RunEnd;

/** A stored response, as far as it got. */
export interface StoredResponse {
  readonly id: string;
  readonly card: unknown;
  /** Created at, in milliseconds since the epoch. */
  readonly createdAt: number;
  /** Whether generation has begun. */
  readonly begun: boolean;
  /** The answer so far, in the pieces in which it was generated. */
  readonly pieces: readonly Piece[];
  /** `null` while it is running. */
  readonly end: RunEnd | null;
}

/** What is continued: a response, a conversation, or nothing. */
export interface Place {
  readonly previous?: string | undefined;
  readonly conversation?: string | undefined;
}

/** What a turn starts from: a state, and the messages after it that no state has read. */
export interface Origin {
  /** The response whose state it is. Absent: the empty state. */
  readonly previous?: string | undefined;
  /** Items added to the conversation, or the messages of a cancelled response. */
  readonly items: readonly Item[];
}

/**
 * What happens to an unfinished response when its origin is requested. A paused one is ended (`end`) or stays paused
 * (`wait`, `look`). A running one is waited for briefly, since its client may be cancelling it (`end`, `wait`), or not
 * at all (`look`).
 */
export type OriginMode = "end" | "wait" | "look";

/** Makes stored responses: the interface between the API and the rooms below. */
export interface ResponseService {
  /**
   * Begins a response. It is durable once the promise resolves, and is made whatever happens to this process.
   *
   * @param signal aborts when the client leaves before that
   * @throws what {@linkcode ChatService.begin} throws
   * @throws {ResponseNotFinishedError} if the response to continue is still running
   * @throws {ConversationBusyError} if another response is running in the conversation
   */
  create(response: NewResponse, signal: AbortSignal): Promise<void>;
  /**
   * The events of a response from its beginning, the same for every reader, whichever instance makes it. If none does,
   * this one takes it over. The stream fails with {@linkcode UnknownResponseError} if there is none.
   */
  follow(tenant: string, id: string, signal: AbortSignal): AnswerStream<ResponseEvent>;
  /** Reports that the client for which a response was created has left. */
  left(tenant: string, id: string): Promise<void>;
  /**
   * A response as far as it got. An abandoned one resumes, since somebody asks for it.
   *
   * @param look a paused response stays paused
   * @throws {UnknownResponseError}
   */
  get(tenant: string, id: string, look?: "look", signal?: AbortSignal): Promise<StoredResponse>;
  /**
   * The state and items from which a response is continued.
   *
   * @param mode what happens to an unfinished response. @default "end"
   * @throws {UnknownResponseError}
   * @throws {ResponseNotFinishedError} if it is still running, or failed
   */
  origin(tenant: string, id: string, signal: AbortSignal, mode?: OriginMode): Promise<Origin>;
  /**
   * What a response of a conversation would continue, and what it would read besides its own input.
   *
   * @throws {UnknownConversationError}
   */
  context(tenant: string, conversation: string): Promise<Origin>;
  /**
   * The call ids, among those given, that no call in the continued response or conversation has. Empty while another
   * response is running in the conversation, since its calls are not known yet.
   *
   * @throws {UnknownResponseError}
   * @throws {UnknownConversationError}
   */
  unknownCalls(tenant: string, place: Place, callIds: readonly string[]): Promise<string[]>;
  /**
   * Ends the running response of a conversation if its client left, before the conversation is changed in another way.
   * If the client is still there, waits briefly, since it may be leaving.
   *
   * @param evenWanted end it in any case
   */
  quiet(
    tenant: string,
    conversation: string,
    evenWanted: boolean,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Pauses the running response of a conversation, whichever instance makes it: it resumes when somebody asks for it.
   *
   * @throws {UnknownConversationError}
   */
  pause(tenant: string, conversation: string): Promise<void>;
  /**
   * The name of the model of the last response at a place, finished or running. `undefined`: there is no response, or
   * it was deleted.
   *
   * @throws {UnknownResponseError}
   * @throws {UnknownConversationError}
   */
  modelOf(tenant: string, place: Place): Promise<string | undefined>;
  /** Cancels a running response. No effect once it has ended. */
  cancel(tenant: string, id: string): Promise<void>;
  /** Cancels a response if it is running, and deletes it. Responses that continue it stay. */
  delete(tenant: string, id: string): Promise<void>;
}
