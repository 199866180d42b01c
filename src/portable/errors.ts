import { ConversationError } from "../records/errors.ts";

/** A file is not one that a conversation was written to, or not all of it, or it was changed since. */
export class ConversationFileError extends ConversationError {
  override readonly name = "ConversationFileError";
  readonly problem: string;

  constructor(problem: string, options?: ErrorOptions) {
    super(`The file holds no conversation that can be read: ${problem}`, options);
    this.problem = problem;
  }
}
