/** Some of an answer was made by another model than the one served now, which cannot go on with it. */
export class AnswerOfOtherModelError extends Error {
  override readonly name = "AnswerOfOtherModelError";
  constructor() {
    super("The answer was begun by another model");
  }
}
