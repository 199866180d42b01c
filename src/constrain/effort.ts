import { Failure } from "../failure/failure.ts";

/**
 * Steps that compiling one grammar may take: one or two seconds. A step is a range of characters that is looked at, and
 * other work counts for as many as take that long: 100 to 500 ns each, measured on a busy machine.
 */
export const MOST_STEPS = 10_000_000;

/** A grammar takes more steps to compile than it may. */
export class EffortExceededError extends Failure {
  override readonly name = "EffortExceededError";
  override readonly category = "invalid";
  override readonly code = "schema_too_large";

  constructor(readonly limit: number) {
    super(`Compiling the grammar takes more than ${limit} steps`);
  }

  override get clientMessage(): string {
    return `The schemas of this request take more than ${this.limit} steps to compile. ` +
      "Large classes of characters, many repetitions and look-ahead in patterns take most.";
  }
}

/**
 * Counts the steps of compiling one grammar. They are the same on every machine, unlike time, so that whoever compiles the
 * grammar of an answer again comes to the same end.
 */
export class Effort {
  readonly #limit: number;
  #spent = 0;

  constructor(limit: number = MOST_STEPS) {
    this.#limit = limit;
  }

  /** Steps so far. */
  get spent(): number {
    return this.#spent;
  }

  /**
   * Counts steps before they are done.
   *
   * @throws {EffortExceededError} if they are too many
   */
  spend(steps: number): void {
    this.#spent += steps;
    if (this.#spent > this.#limit) throw new EffortExceededError(this.#limit);
  }
}
