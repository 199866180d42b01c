import { Failure } from "../failure/failure.ts";

/**
 * Maximum number of steps to compile one grammar: one or two seconds. A step is the visit of one range of characters;
 * other work is counted in proportion to its time. A step takes 100 to 500 ns, measured on a busy machine.
 */
export const MAX_STEPS = 10_000_000;

/** Compiling a grammar takes too many steps. */
export class EffortExceededError extends Failure {
  override readonly name = "EffortExceededError";
  override readonly category = "invalid";
  override readonly code = "schema_too_large";

  constructor(readonly limit: number) {
    super(`Compiling the grammar takes more than ${limit} steps`);
  }

  override get clientMessage(): string {
    return `The schemas of this request take more than ${this.limit} steps to compile. ` +
      "Large character classes, many repetitions and look-ahead in patterns are the most expensive.";
  }
}

/**
 * Counts the steps of compiling one grammar. Unlike time, they are the same on every machine, so a process that
 * compiles the grammar of an answer again gets the same result.
 */
export class Effort {
  readonly #limit: number;
  #spent = 0;

  constructor(limit: number = MAX_STEPS) {
    this.#limit = limit;
  }

  /** Number of steps so far. */
  get spent(): number {
    return this.#spent;
  }

  /**
   * Counts steps. Call it before the work.
   *
   * @throws {EffortExceededError} if the limit is exceeded
   */
  spend(steps: number): void {
    this.#spent += steps;
    if (this.#spent > this.#limit) throw new EffortExceededError(this.#limit);
  }
}
