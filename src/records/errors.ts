import { Failure } from "../failure/failure.ts";

/** How many characters of an id from a client messages repeat. */
const SHOWN = 80;

/** Base of every failure to store or find something. */
export class ConversationError extends Failure {
  override readonly name: string = "ConversationError";
}

/** Base of failures that concern a single id: of a response, conversation, item or record. */
abstract class FailureOfOne extends ConversationError {
  readonly id: string;

  constructor(id: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.id = id;
  }
}

/** The tenant has no response with this id. Does not reveal whether another tenant has it. */
export class UnknownResponseError extends FailureOfOne {
  override readonly name = "UnknownResponseError";
  override readonly category = "missing";
  override readonly code = "previous_response_not_found";
  override readonly param = "previous_response_id";

  constructor(id: string) {
    super(id, `There is no response ${JSON.stringify(id.slice(0, SHOWN))}`);
  }

  override get clientMessage(): string {
    return "The response to continue was not found.";
  }
}

/** A response cannot be stored: its id is taken, or the response that it continues was deleted. */
export class ResponseConflictError extends FailureOfOne {
  override readonly name = "ResponseConflictError";
  override readonly category = "conflict";
  override readonly code = "response_conflict";

  constructor(id: string) {
    super(id, `The response ${id} cannot be stored: it exists already, or its parent is gone`);
  }

  override get clientMessage(): string {
    return "The response to continue was deleted meanwhile.";
  }
}

/** The tenant has no conversation with this id. Does not reveal whether another tenant has it. */
export class UnknownConversationError extends FailureOfOne {
  override readonly name = "UnknownConversationError";
  override readonly category = "missing";
  override readonly code = "conversation_not_found";
  override readonly param = "conversation";

  constructor(id: string) {
    super(id, `There is no conversation ${JSON.stringify(id.slice(0, SHOWN))}`);
  }

  override get clientMessage(): string {
    return "The conversation was not found.";
  }
}

/** The conversation has no item with this id. */
export class UnknownItemError extends FailureOfOne {
  override readonly name = "UnknownItemError";
  override readonly category = "missing";
  override readonly code = "item_not_found";

  constructor(id: string) {
    super(id, `There is no item ${JSON.stringify(id.slice(0, SHOWN))}`);
  }

  override get clientMessage(): string {
    return "The conversation has no such item.";
  }
}

/** The tenant has no chat completion with this id. Does not reveal whether another tenant has it. */
export class UnknownCompletionError extends FailureOfOne {
  override readonly name = "UnknownCompletionError";
  override readonly category = "missing";
  override readonly code = "completion_not_found";

  constructor(id: string) {
    super(id, `There is no chat completion ${JSON.stringify(id.slice(0, SHOWN))}`);
  }

  override get clientMessage(): string {
    return "The chat completion was not found.";
  }
}

/** Another turn holds this conversation, or changed it concurrently. */
export class ConversationBusyError extends FailureOfOne {
  override readonly name = "ConversationBusyError";
  override readonly category = "conflict";
  override readonly code = "conversation_busy";

  constructor(id: string) {
    super(id, `Something else is being added to the conversation ${id}`);
  }

  override get clientMessage(): string {
    return "Something else is being added to the conversation.";
  }
}

/**
 * Another instance took the lease, or the response was cancelled or deleted: its former maker must not write any more.
 */
export class LeaseLostError extends FailureOfOne {
  override readonly name = "LeaseLostError";

  constructor(id: string) {
    super(id, `The lease of the response ${id} is lost`);
  }
}

/** The response to continue is still running, or ended without a state to continue from. */
export class ResponseNotFinishedError extends FailureOfOne {
  override readonly name = "ResponseNotFinishedError";
  override readonly category: "conflict" | "invalid";
  override readonly code: string;
  override readonly param: string | null;
  /** Whether it is still running. */
  readonly running: boolean;

  constructor(id: string, running: boolean) {
    super(
      id,
      `The response ${id} ${running ? "is still running" : "did not end with an answer"}`,
    );
    this.running = running;
    this.category = running ? "conflict" : "invalid";
    this.code = running ? "response_in_progress" : "response_not_continuable";
    this.param = running ? null : "previous_response_id";
  }

  override get clientMessage(): string {
    return this.running
      ? "The response to continue is still running."
      : "The response to continue did not end with an answer.";
  }
}

/** Stored data is damaged or incomplete. Where a state was found by a prompt's prefix, that counts as a cache miss. */
export class CorruptSnapshotError extends FailureOfOne {
  override readonly name: string = "CorruptSnapshotError";
  override readonly category = "invalid";
  override readonly code = "state_unusable";
  override readonly param = "previous_response_id";
  readonly problem: string;

  /** @param id of the record or blob */
  constructor(id: string, problem: string, options?: ErrorOptions) {
    super(id, `The stored record ${id} cannot be used: ${problem}`, options);
    this.problem = problem;
  }

  override get clientMessage(): string {
    return `The stored state of the response to continue cannot be used. ${this.message}.`;
  }
}

/** The state of a response was thinned out of its chain. It can be recomputed from the transcript. */
export class StateNotKeptError extends CorruptSnapshotError {
  override readonly name = "StateNotKeptError";

  /** @param id of the snapshot */
  constructor(id: string, options?: ErrorOptions) {
    super(id, "its manifest is missing", options);
  }
}

/** What quotas limit, as messages call it. */
const UNITS = {
  bytes: "bytes",
  responses: "stored responses",
  conversations: "conversations",
} as const;

/** Storage quota exceeded: something has to be deleted first. Nothing was written. */
export class QuotaExceededError extends ConversationError {
  override readonly name = "QuotaExceededError";
  override readonly category = "quota";
  // OpenAI's code for it.
  override readonly code = "insufficient_quota";
  readonly what: "bytes" | "responses" | "conversations";
  readonly limit: number;

  constructor(what: "bytes" | "responses" | "conversations", limit: number) {
    super(`Storage quota exceeded: at most ${limit} ${what}`);
    this.what = what;
    this.limit = limit;
  }

  override get clientMessage(): string {
    return `Storage quota exceeded (limit: ${this.limit} ${
      UNITS[this.what]
    }). Delete responses or conversations that you no longer need.`;
  }
}

/** A state or text exceeds the largest blob that can be stored. */
export class BlobTooLargeError extends ConversationError {
  override readonly name = "BlobTooLargeError";
  readonly bytes: number;
  readonly maximum: number;

  constructor(bytes: number, maximum: number) {
    super(`${bytes} bytes exceed the largest blob that can be stored: ${maximum}`);
    this.bytes = bytes;
    this.maximum = maximum;
  }
}

/** Why a conversation would have to reread a text that was not kept. */
export type TextNeed =
  /** It was read after instructions that changed since. */
  | "instructions"
  /** It was read by another model, or by a build whose states cannot be loaded. */
  | "model"
  /** It was read with another persona, or with an earlier version of its file. */
  | "persona"
  /** An item before it is to be removed. */
  | "item"
  /** An import is to recompute the states that contain it. */
  | "import";

/** Why the text cannot be reread, and what to do. */
const TEXT_NEEDS = {
  instructions:
    "The conversation has read instructions and then a text that is not kept, so the instructions cannot be removed. Send them again, or others, which are then read after the text.",
  model:
    "The conversation has read a text that is not kept, with another model or an earlier version of the server, so it cannot be reread. Send the text to POST /v1/conversations/{id}/ingest of a new conversation, or serve the model that read it.",
  persona:
    "The conversation has read a text that is not kept, with another persona of the model or another version of its file, so it cannot be reread. Name the model with that persona, or put its file back.",
  item: "The conversation has read a text that is not kept, so items before it cannot be deleted.",
  import:
    "The conversation in the file has read a text that is not kept, so it cannot be reread. Import it without 'reread'.",
} as const satisfies Record<TextNeed, string>;

/** A conversation would have to be reread, but has read a text that was not kept. */
export class TextNotKeptError extends ConversationError {
  override readonly name = "TextNotKeptError";
  override readonly category = "conflict";
  override readonly code = "text_not_kept";

  constructor(readonly need: TextNeed, options?: ErrorOptions) {
    super("The conversation has read a text that is not kept, so it cannot be reread", options);
  }

  override get clientMessage(): string {
    return TEXT_NEEDS[this.need];
  }
}

/** No ingest is running in the conversation. */
export class UnknownIngestError extends FailureOfOne {
  override readonly name = "UnknownIngestError";
  override readonly category = "missing";
  override readonly code = "ingest_not_found";

  constructor(id: string) {
    super(id, `No text is being read into the conversation ${JSON.stringify(id.slice(0, SHOWN))}`);
  }

  override get clientMessage(): string {
    return "No text is being read into the conversation.";
  }
}

/** The part of a text starts at another byte than the expected one. */
export class IngestOffsetError extends FailureOfOne {
  override readonly name = "IngestOffsetError";
  override readonly category = "conflict";
  override readonly code = "mismatching_upload_offset";
  override readonly param = "Upload-Offset";
  /** The byte that is expected next. */
  readonly offset: number;

  constructor(id: string, offset: number) {
    super(id, `The next part of the text for the conversation ${id} starts at byte ${offset}`);
    this.offset = offset;
  }

  override get clientMessage(): string {
    return `The next part of the text starts at byte ${this.offset}.`;
  }

  override get headers() {
    return { "upload-offset": `${this.offset}` };
  }
}
