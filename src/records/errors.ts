/** Characters of an id that came from outside and that messages repeat. */
const SHOWN = 80;

/** What is common to every failure to store or find a conversation. */
export class ConversationError extends Error {
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

  constructor(id: string) {
    super(id, `There is no response ${JSON.stringify(id.slice(0, SHOWN))}`);
  }
}

/** A response cannot be stored: its id is taken, or the response it continues was removed meanwhile. */
export class ResponseConflictError extends FailureOfOne {
  override readonly name = "ResponseConflictError";

  constructor(id: string) {
    super(id, `The response ${id} cannot be stored: it exists already, or its parent is gone`);
  }
}

/** No conversation of this id is stored for this tenant. Whether another tenant has one is not told. */
export class UnknownConversationError extends FailureOfOne {
  override readonly name = "UnknownConversationError";

  constructor(id: string) {
    super(id, `There is no conversation ${JSON.stringify(id.slice(0, SHOWN))}`);
  }
}

/** A conversation has no item of this id. */
export class UnknownItemError extends FailureOfOne {
  override readonly name = "UnknownItemError";

  constructor(id: string) {
    super(id, `There is no item ${JSON.stringify(id.slice(0, SHOWN))}`);
  }
}

/** No chat completion of this id is stored for this tenant. Whether another tenant has one is not told. */
export class UnknownCompletionError extends FailureOfOne {
  override readonly name = "UnknownCompletionError";

  constructor(id: string) {
    super(id, `There is no chat completion ${JSON.stringify(id.slice(0, SHOWN))}`);
  }
}

/** Another response is being added to this conversation, or it was changed at the same time. */
export class ConversationBusyError extends FailureOfOne {
  override readonly name = "ConversationBusyError";

  constructor(id: string) {
    super(id, `Something else is being added to the conversation ${id}`);
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
  /** Whether it may still be. */
  readonly running: boolean;

  constructor(id: string, running: boolean) {
    super(
      id,
      `The response ${id} ${running ? "is still being made" : "did not end with an answer"}`,
    );
    this.running = running;
  }
}

/** What is stored cannot be read back whole. Where it was found by its messages, that is as good as not found. */
export class CorruptSnapshotError extends FailureOfOne {
  override readonly name = "CorruptSnapshotError";
  readonly problem: string;

  /** @param id of the record or blob */
  constructor(id: string, problem: string, options?: ErrorOptions) {
    super(id, `What is stored as ${id} cannot be used: ${problem}`, options);
    this.problem = problem;
  }
}

/** A tenant keeps as much as it may: something has to be deleted first. Nothing was written. */
export class QuotaExceededError extends ConversationError {
  override readonly name = "QuotaExceededError";
  readonly what: "bytes" | "responses" | "conversations";
  readonly limit: number;

  constructor(what: "bytes" | "responses" | "conversations", limit: number) {
    super(`No more than ${limit} ${what} may be kept`);
    this.what = what;
    this.limit = limit;
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
  /** Something before it is to be taken out. */
  | "item"
  /** The states that have read it are to be left out of an import. */
  | "import";

/** A conversation is to be read again, and has read a text that was not kept. */
export class TextNotKeptError extends ConversationError {
  override readonly name = "TextNotKeptError";

  constructor(readonly need: TextNeed, options?: ErrorOptions) {
    super("The conversation has read a text that is not kept, so it cannot be read again", options);
  }
}

/** No text is being read into a conversation. */
export class UnknownIngestError extends FailureOfOne {
  override readonly name = "UnknownIngestError";

  constructor(id: string) {
    super(id, `No text is being read into the conversation ${JSON.stringify(id.slice(0, SHOWN))}`);
  }
}

/** A text goes on at another byte than the next one. */
export class IngestOffsetError extends FailureOfOne {
  override readonly name = "IngestOffsetError";
  /** The byte that is next. */
  readonly offset: number;

  constructor(id: string, offset: number) {
    super(id, `The text that is read into the conversation ${id} goes on at byte ${offset}`);
    this.offset = offset;
  }
}
