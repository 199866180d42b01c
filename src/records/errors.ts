import { Failure } from "../failure/failure.ts";

/** Characters of an id that came from outside and that messages repeat. */
const SHOWN = 80;

/** What is common to every failure to store or find a conversation. */
export class ConversationError extends Failure {
  override readonly name: string = "ConversationError";
}

/** What has to do with the one thing of this id: a response, a conversation, an item, a record. */
abstract class FailureOfOne extends ConversationError {
  readonly id: string;

  constructor(id: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.id = id;
  }
}

/** No response of this id is stored for this tenant. Whether another tenant has one is not told. */
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

/** A response cannot be stored: its id is taken, or the response it continues was removed meanwhile. */
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

/** No conversation of this id is stored for this tenant. Whether another tenant has one is not told. */
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

/** A conversation has no item of this id. */
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

/** No chat completion of this id is stored for this tenant. Whether another tenant has one is not told. */
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

/** Another response is being added to this conversation, or it was changed at the same time. */
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

/** Another instance makes this response now, or it was cancelled or deleted: who made it may write nothing more. */
export class LeaseLostError extends FailureOfOne {
  override readonly name = "LeaseLostError";

  constructor(id: string) {
    super(id, `The response ${id} is no longer made here`);
  }
}

/** The response to continue is still being made, or ended without a state that could be continued. */
export class ResponseNotFinishedError extends FailureOfOne {
  override readonly name = "ResponseNotFinishedError";
  override readonly category: "conflict" | "invalid";
  override readonly code: string;
  override readonly param: string | null;
  /** Whether it may still be. */
  readonly running: boolean;

  constructor(id: string, running: boolean) {
    super(
      id,
      `The response ${id} ${running ? "is still being made" : "did not end with an answer"}`,
    );
    this.running = running;
    this.category = running ? "conflict" : "invalid";
    this.code = running ? "response_in_progress" : "response_not_continuable";
    this.param = running ? null : "previous_response_id";
  }

  override get clientMessage(): string {
    return this.running
      ? "The response to continue is still being made."
      : "The response to continue did not end with an answer.";
  }
}

/** What is stored cannot be read back whole. Where it was found by its messages, that is as good as not found. */
export class CorruptSnapshotError extends FailureOfOne {
  override readonly name: string = "CorruptSnapshotError";
  override readonly category = "invalid";
  override readonly code = "state_unusable";
  override readonly param = "previous_response_id";
  readonly problem: string;

  /** @param id of the record or blob */
  constructor(id: string, problem: string, options?: ErrorOptions) {
    super(id, `What is stored as ${id} cannot be used: ${problem}`, options);
    this.problem = problem;
  }

  override get clientMessage(): string {
    return `The stored state of the response to continue cannot be used. ${this.message}.`;
  }
}

/** The state of a response was removed, because its chain keeps few of them. It can be computed again. */
export class StateNotKeptError extends CorruptSnapshotError {
  override readonly name = "StateNotKeptError";

  /** @param id of the snapshot */
  constructor(id: string, options?: ErrorOptions) {
    super(id, "its manifest is missing", options);
  }
}

/** What quotas count. */
const UNITS = {
  bytes: "bytes",
  responses: "stored responses",
  conversations: "conversations",
} as const;

/** A tenant keeps as much as it may: something has to be deleted first. Nothing was written. */
export class QuotaExceededError extends ConversationError {
  override readonly name = "QuotaExceededError";
  override readonly category = "quota";
  // As OpenAI calls it.
  override readonly code = "insufficient_quota";
  readonly what: "bytes" | "responses" | "conversations";
  readonly limit: number;

  constructor(what: "bytes" | "responses" | "conversations", limit: number) {
    super(`No more than ${limit} ${what} may be kept`);
    this.what = what;
    this.limit = limit;
  }

  override get clientMessage(): string {
    return `You keep as much as you may: ${this.limit} ${
      UNITS[this.what]
    }. Delete responses or conversations that you no longer need.`;
  }
}

/** A state or a text is larger than what can be stored in one piece. */
export class BlobTooLargeError extends ConversationError {
  override readonly name = "BlobTooLargeError";
  readonly bytes: number;
  readonly maximum: number;

  constructor(bytes: number, maximum: number) {
    super(`${bytes} bytes cannot be stored in one piece, only ${maximum}`);
    this.bytes = bytes;
    this.maximum = maximum;
  }
}

/** Why a conversation would have to read a text again that is not kept. */
export type TextNeed =
  /** It was read after instructions that are no longer wanted. */
  | "instructions"
  /** It was read by another model, or another build whose states cannot be loaded. */
  | "model"
  /** It was read by the model with another persona, or with an earlier version of its file. */
  | "persona"
  /** Something before it is to be taken out. */
  | "item"
  /** The states that have read it are to be left out of an import. */
  | "import";

/** Why a text cannot be read again, and what to do. */
const TEXT_NEEDS = {
  instructions:
    "The conversation has read a text that is not kept after instructions, which cannot be taken back. Send those, or others, which are then read after the text.",
  model:
    "The conversation has read a text that is not kept, with another model or an earlier version of the server, so it cannot be read again. Send the text to POST /v1/conversations/{id}/ingest of a new conversation, or serve the model that has read it.",
  persona:
    "The conversation has read a text that is not kept, with another persona of the model or another version of its file, so it cannot be read again. Name the model with that persona, or put its file back.",
  item:
    "The conversation has read a text that is not kept, so nothing can be taken out that came before it.",
  import:
    "The file holds a conversation that has read a text which is not kept, so it cannot be read again. Import it without 'reread'.",
} as const satisfies Record<TextNeed, string>;

/** A conversation is to be read again, and has read a text that was not kept. */
export class TextNotKeptError extends ConversationError {
  override readonly name = "TextNotKeptError";
  override readonly category = "conflict";
  override readonly code = "text_not_kept";

  constructor(readonly need: TextNeed, options?: ErrorOptions) {
    super("The conversation has read a text that is not kept, so it cannot be read again", options);
  }

  override get clientMessage(): string {
    return TEXT_NEEDS[this.need];
  }
}

/** No text is being read into a conversation. */
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

/** A text goes on at another byte than the next one. */
export class IngestOffsetError extends FailureOfOne {
  override readonly name = "IngestOffsetError";
  override readonly category = "conflict";
  override readonly code = "mismatching_upload_offset";
  override readonly param = "Upload-Offset";
  /** The byte that is next. */
  readonly offset: number;

  constructor(id: string, offset: number) {
    super(id, `The text that is read into the conversation ${id} goes on at byte ${offset}`);
    this.offset = offset;
  }

  override get clientMessage(): string {
    return `The text goes on at byte ${this.offset}.`;
  }

  override get headers() {
    return { "upload-offset": `${this.offset}` };
  }
}
