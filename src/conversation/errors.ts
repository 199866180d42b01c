/** Characters of an id that came from outside and that messages repeat. */
const SHOWN = 80;

/** What is common to every failure to store or find a conversation. */
export class ConversationError extends Error {
  override readonly name: string = "ConversationError";
}

/** No response of this id is stored for this tenant. Whether another tenant has one is not told. */
export class UnknownResponseError extends ConversationError {
  override readonly name = "UnknownResponseError";
  readonly id: string;

  constructor(id: string) {
    super(`There is no response ${JSON.stringify(id.slice(0, SHOWN))}`);
    this.id = id;
  }
}

/** A response cannot be stored: its id is taken, or the response it continues was removed meanwhile. */
export class ResponseConflictError extends ConversationError {
  override readonly name = "ResponseConflictError";
  readonly id: string;

  constructor(id: string) {
    super(`The response ${id} cannot be stored: it exists already, or its parent is gone`);
    this.id = id;
  }
}

/** No conversation of this id is stored for this tenant. Whether another tenant has one is not told. */
export class UnknownConversationError extends ConversationError {
  override readonly name = "UnknownConversationError";
  readonly id: string;

  constructor(id: string) {
    super(`There is no conversation ${JSON.stringify(id.slice(0, SHOWN))}`);
    this.id = id;
  }
}

/** A conversation has no item of this id. */
export class UnknownItemError extends ConversationError {
  override readonly name = "UnknownItemError";
  readonly id: string;

  constructor(id: string) {
    super(`There is no item ${JSON.stringify(id.slice(0, SHOWN))}`);
    this.id = id;
  }
}

/** Another response is being added to this conversation, or it was changed at the same time. */
export class ConversationBusyError extends ConversationError {
  override readonly name = "ConversationBusyError";
  readonly id: string;

  constructor(id: string) {
    super(`Something else is being added to the conversation ${id}`);
    this.id = id;
  }
}

/** Another instance makes this response now, or it was cancelled or deleted: who made it may write nothing more. */
export class LeaseLostError extends ConversationError {
  override readonly name = "LeaseLostError";
  readonly id: string;

  constructor(id: string) {
    super(`The response ${id} is no longer made here`);
    this.id = id;
  }
}

/** The response to continue is still being made, or ended without a state that could be continued. */
export class ResponseNotFinishedError extends ConversationError {
  override readonly name = "ResponseNotFinishedError";
  readonly id: string;
  /** Whether it may still be. */
  readonly running: boolean;

  constructor(id: string, running: boolean) {
    super(`The response ${id} ${running ? "is still being made" : "did not end with an answer"}`);
    this.id = id;
    this.running = running;
  }
}

/** What is stored cannot be read back whole. Where it was found by its messages, that is as good as not found. */
export class CorruptSnapshotError extends ConversationError {
  override readonly name = "CorruptSnapshotError";
  /** The id of the record or blob. */
  readonly id: string;
  readonly problem: string;

  constructor(id: string, problem: string, options?: ErrorOptions) {
    super(`What is stored as ${id} cannot be used: ${problem}`, options);
    this.id = id;
    this.problem = problem;
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
