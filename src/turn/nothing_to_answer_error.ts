/** A turn has no messages, and there is none before it that could be answered or continued. */
export class NothingToAnswerError extends Error {
  override readonly name = "NothingToAnswerError";
  constructor() {
    super("There is nothing to answer");
  }
}
