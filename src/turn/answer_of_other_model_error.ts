import { Failure } from "../failure/failure.ts";
import { differInPersona } from "../state/persona_fingerprint.ts";

/** Some of an answer was made by another model than the one served now, or with another persona. */
export class AnswerOfOtherModelError extends Failure {
  override readonly name = "AnswerOfOtherModelError";
  override readonly code = "other_model";
  readonly #begun: string;

  /**
   * @param own the fingerprint of the model that was to go on
   * @param begun that of the model that began
   */
  constructor(own: string, begun: string) {
    const by = differInPersona(own, begun)
      ? "with another persona, or another version of its file,"
      : "by another model";
    super(`The answer was begun ${by} than the one served now`);
    this.#begun = by;
  }

  override get clientMessage(): string {
    return `The answer was begun ${this.#begun} than the one served now, which cannot go on with it. What there is of it stays. Ask again.`;
  }
}
