import type { ApiErrorOptions } from "../errors/errors.ts";
import type { NotesRecord, RequestNotes } from "./request_notes.ts";

/** The kinds of bodies that a thread understands. */
export type KindName =
  | "chat completion"
  | "completion"
  | "response"
  | "input tokens"
  | "compaction"
  | "conversation"
  | "items"
  | "tokens";

/** A body that is to be understood. */
export interface BodyTask {
  readonly kind: KindName;
  readonly text: string;
  readonly isStrict: boolean;
}

/** What a client is told of a body that cannot be understood. */
export interface Refusal extends Omit<ApiErrorOptions, "cause"> {
  readonly status: number;
  readonly message: string;
}

/** What was made of a body: the request as JSON, or why there is none. */
export interface UnderstoodBody {
  readonly notes: NotesRecord;
  readonly result: { readonly json: string } | { readonly refusal: Refusal };
}

/** A request, or what its client is told instead, and what was noted about it. */
export interface Understood {
  readonly notes: RequestNotes;
  /** @throws {ApiError} if the body cannot be understood */
  readonly request: () => unknown;
}

/** Understands a body elsewhere than on this thread. */
export type UnderstandLarge = (task: BodyTask) => Promise<Understood>;
