import { Failure } from "../failure/failure.ts";

/** A turn has no messages, and no earlier message can be answered or continued. */
export class NothingToAnswerError extends Failure {
  override readonly name = "NothingToAnswerError";
  override readonly category = "invalid";
  override readonly code = "invalid_value";
  override readonly param = "input";
  constructor() {
    super("There is nothing to answer");
  }

  override get clientMessage(): string {
    return "Invalid 'input': there is no message to answer, and no answer to continue.";
  }
}
