import { z } from "zod";
import type { Piece } from "../engine/generate.ts";
import type { AnswerForm } from "../prompt/answer_form.ts";
import type { AnswerStream } from "../stream/answer_stream.ts";
import type { RunEnd } from "../tree/run.ts";
import type { Item } from "../tree/transcript.ts";
import type { TurnRequest } from "../turn/turn.ts";

/** What a response is made from, less what only holds while it is made: plain JSON. */
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
    /** What the answer is held to. */
    readonly form?: AnswerForm;
    /** Whether it may begin with thoughts. */
    readonly thinks?: boolean;
    /** The name of the model that answers. Absent: the main one. */
    readonly model?: string;
  };

/** What is kept of a request. Written here, so that nothing but its form needs to be looked at. */
export const filedSchema = z.object({
  /** What the API needs to show the response again. `null`: it is a text that was read, and is not shown. */
  card: z.unknown(),
  turn: z.custom<ResponseTurn>((value) => typeof value === "object" && value !== null),
});

/** How a client waits for a response. It decides what becomes of it when the client leaves. */
export type ResponseMode =
  /** For the whole answer. When it leaves nobody knows of the response, and it is forgotten. */
  | "whole"
  /** For its pieces. When it leaves, the response pauses until somebody asks for it. */
  | "stream"
  /** Not at all. */
  | "background";

/** A response that is to be made and kept. */
export interface NewResponse {
  readonly tenant: string;
  readonly id: string;
  /** What the API needs to show it again: any JSON. */
  readonly card: unknown;
  readonly turn: ResponseTurn;
  readonly mode: ResponseMode;
  /** Whether who asks for it finds it by its id, even if they were not told that it was made. */
  readonly findable?: boolean;
  /** The response to continue. */
  readonly previous?: string;
  /** The conversation to continue. */
  readonly conversation?: string;
  /** Milliseconds to wait until nothing else is being added to the conversation. Absent: none. */
  readonly patience?: number;
  /** Called if it has to wait: for the conversation, or for a place among the turns that run. */
  readonly onWait?: () => void;
  /** Told, now and then, how much of the prompt has been read, if it is made here. */
  readonly onProgress?: TurnRequest["onProgress"];
}

/** What comes of a stored response: text any number of times, then one end. */
export type ResponseEvent = Piece | RunEnd;

/** A stored response, as far as it got. */
export interface StoredResponse {
  readonly id: string;
  readonly card: unknown;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Whether its making has begun. */
  readonly begun: boolean;
  /** The answer so far, in the pieces that it was made in. */
  readonly pieces: readonly Piece[];
  /** `null` while it is being made. */
  readonly end: RunEnd | null;
}

/** What something goes on from: a response, a conversation, or nothing. */
export interface Place {
  readonly previous?: string | undefined;
  readonly conversation?: string | undefined;
}

/** What to go on from: a state, and what was said after it that no state has read. */
export interface Origin {
  /** The response whose state it is. Absent: there is none, and nothing was said before. */
  readonly previous?: string | undefined;
  /** What was added to a conversation, or asked and answered in a response that was cancelled. */
  readonly items: readonly Item[];
}

/**
 * What happens to a response that has not ended when its origin is asked for. A paused one is ended (`end`), or stays
 * paused (`wait`, `look`). One that is being made is waited for a little, since its client may just be leaving (`end`,
 * `wait`), or not at all (`look`).
 */
export type OriginMode = "end" | "wait" | "look";

/** Makes responses that last. What the API asks of the rooms below for everything that is stored. */
export interface ResponseService {
  /**
   * Begins a response. When it resolves, the response is durable, and is made whatever happens to this process.
   *
   * @param signal aborts when the client leaves before that
   * @throws what {@linkcode ChatService.begin} throws
   * @throws {ResponseNotFinishedError} if the response to continue is still being made
   * @throws {ConversationBusyError} if the conversation waits for another response
   */
  create(response: NewResponse, signal: AbortSignal): Promise<void>;
  /**
   * The events of a response from its beginning, the same for every reader, then those to come, wherever it is made. If
   * nobody makes it, it is made here. The stream fails with {@linkcode UnknownResponseError} if there is none.
   */
  follow(tenant: string, id: string, signal: AbortSignal): AnswerStream<ResponseEvent>;
  /** Says that the client for which a response was created has left. */
  left(tenant: string, id: string): Promise<void>;
  /**
   * A response as far as it got. One that nobody makes goes on being made, as somebody asks for it.
   *
   * @param look a paused response stays paused
   * @throws {UnknownResponseError}
   */
  get(tenant: string, id: string, look?: "look", signal?: AbortSignal): Promise<StoredResponse>;
  /**
   * The state and the items from which a response is continued.
   *
   * @param mode what happens to a response that has not ended. @default "end"
   * @throws {UnknownResponseError}
   * @throws {ResponseNotFinishedError} if it is still being made, or failed
   */
  origin(tenant: string, id: string, signal: AbortSignal, mode?: OriginMode): Promise<Origin>;
  /**
   * What a response of a conversation would continue, and what it would read besides its own input.
   *
   * @throws {UnknownConversationError}
   */
  context(tenant: string, conversation: string): Promise<Origin>;
  /**
   * Which of some calls of functions were not made in what a response, or the next one of a conversation, goes on from.
   * While another response is being made in the conversation that is not known, and none is named.
   *
   * @throws {UnknownResponseError}
   * @throws {UnknownConversationError}
   */
  unknownCalls(tenant: string, place: Place, callIds: readonly string[]): Promise<string[]>;
  /**
   * Ends the response that is being added to a conversation, if its client left: before the conversation is changed in
   * another way. One whose client is still there is waited for a little, since that may just be leaving.
   *
   * @param evenWanted whether it is ended in any case
   */
  quiet(
    tenant: string,
    conversation: string,
    evenWanted: boolean,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Stops the making of the response that is being added to a conversation, wherever that is: it goes on when somebody asks
   * for it.
   *
   * @throws {UnknownConversationError}
   */
  pause(tenant: string, conversation: string): Promise<void>;
  /**
   * The name of the model that made the last response of a place, or is making it. `undefined`: there is no response, or
   * it was deleted.
   *
   * @throws {UnknownResponseError}
   * @throws {UnknownConversationError}
   */
  modelOf(tenant: string, place: Place): Promise<string | undefined>;
  /** Ends a response that is being made. Does nothing to one that has ended. */
  cancel(tenant: string, id: string): Promise<void>;
  /** Ends a response if need be, and forgets it. Those that continue it stay. */
  delete(tenant: string, id: string): Promise<void>;
}
