import { ConversationError } from "../errors.ts";

/** A file is not one that a conversation was written to, or not all of it, or it was changed since. */
export class ConversationFileError extends ConversationError {
  override readonly name = "ConversationFileError";
  readonly problem: string;

  constructor(problem: string, options?: ErrorOptions) {
    super(`The file holds no conversation that can be read: ${problem}`, options);
    this.problem = problem;
  }
}

/** The states in a file are of another model than the one that is to go on from them. */
export class FileOfOtherModelError extends ConversationError {
  override readonly name = "FileOfOtherModelError";

  constructor(
    /** The fingerprint of the model here. */
    readonly expected: string,
    /** The fingerprint of the model that the file is of. */
    readonly actual: string,
  ) {
    super(`The states in the file are of the model ${actual}, not of ${expected}`);
  }
}
