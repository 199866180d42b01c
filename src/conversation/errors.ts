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
