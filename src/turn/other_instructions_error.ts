import { Failure } from "../failure/failure.ts";

/** A state has read other instructions than those of the turn, and there is no text to make another from. */
export class OtherInstructionsError extends Failure {
  override readonly name = "OtherInstructionsError";
  override readonly category = "invalid";
  override readonly code = "instructions_changed";
  override readonly param = "instructions";
  constructor() {
    super("The state has read other instructions");
  }

  override get clientMessage(): string {
    return "The sealed state has read other instructions. They are sent with each request, always the same; to change them, begin again.";
  }
}
