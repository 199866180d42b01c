import { ConversationError } from "../records/errors.ts";

/** A file is not one that a conversation was written to, or not all of it, or it was changed since. */
export class ConversationFileError extends ConversationError {
  override readonly name = "ConversationFileError";
  override readonly category = "invalid";
  override readonly code = "invalid_file";
  readonly problem: string;

  constructor(problem: string, options?: ErrorOptions) {
    super(`The file holds no conversation that can be read: ${problem}`, options);
    this.problem = problem;
  }

  override get clientMessage(): string {
    return `${this.message}.`;
  }
}
