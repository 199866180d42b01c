import { Failure } from "../failure/failure.ts";

/** Some of an answer was made by another model than the one served now, which cannot go on with it. */
export class AnswerOfOtherModelError extends Failure {
  override readonly name = "AnswerOfOtherModelError";
  override readonly code = "other_model";
  constructor() {
    super("The answer was begun by another model");
  }

  override get clientMessage(): string {
    return "The answer was begun by another model than the one served now, which cannot go on with it. What there is of it stays. Ask again.";
  }
}
