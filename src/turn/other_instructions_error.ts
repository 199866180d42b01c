/** A state has read other instructions than those of the turn, and there is no text to make another from. */
export class OtherInstructionsError extends Error {
  override readonly name = "OtherInstructionsError";
  constructor() {
    super("The state has read other instructions");
  }
}
