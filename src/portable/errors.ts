import { ConversationError } from "../records/errors.ts";

/** A file is not a conversation file, or it is incomplete or modified. */
export class ConversationFileError extends ConversationError {
  override readonly name = "ConversationFileError";
  override readonly category = "invalid";
  override readonly code = "invalid_file";
  readonly problem: string;

  /** @param problem a clause about the file, such as "it ends too early" */
  constructor(problem: string, options?: ErrorOptions) {
    super(`The file is not a valid conversation file: ${problem}`, options);
    this.problem = problem;
  }

  override get clientMessage(): string {
    return `${this.message}.`;
  }
}
