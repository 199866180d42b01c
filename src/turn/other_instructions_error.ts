import { Failure } from "../failure/failure.ts";

/** A sealed state has read other instructions than the turn's, and there is no text to recompute it from. */
export class OtherInstructionsError extends Failure {
  override readonly name = "OtherInstructionsError";
  override readonly category = "invalid";
  override readonly code = "instructions_changed";
  override readonly param = "instructions";
  constructor() {
    super("The state has read other instructions");
  }

  override get clientMessage(): string {
    return "The sealed state has read other instructions. Send the same instructions with each request; to change them, start a new conversation.";
  }
}
