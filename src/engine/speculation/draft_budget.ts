/**
 * What reading one token more costs, as a part of a step of a single token: the token itself with its logits, and reading it
 * again after a guess was wrong. Measured with 0.1B and int8: chunks of 2, 4, 8 and 16 tokens take 1.1, 1.4, 2.3 and 3.9
 * times as long as one.
 */
const DRAFT_COST = 0.2;
const REREAD_COST = 0.12;

/** What a chunk costs besides: the state before it is kept. */
const CHUNK_COST = 0.1;

/** Steps that guessing may lose at first. */
const FIRST_CREDIT = 1.2;

/** Steps that it may lose after it has saved more. */
const MOST_CREDIT = 6;

/** Steps that it may lose with each token that comes. */
const CREDIT_PER_TOKEN = 0.015;

/** Tokens of a draft at the most. */
const MOST_DRAFTED = 15;

/**
 * Decides how many tokens to guess, so that guessing never costs more than a hundredth of an answer and a step or two: what
 * was saved may be lost again, and no more.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const budget = new DraftBudget();
 * assert.equal(budget.most, 6);
 * budget.verified(6, 0); // All were wrong.
 * assert.equal(budget.most, 0);
 * ```
 */
export class DraftBudget {
  #credit = FIRST_CREDIT;

  /** Tokens that may be guessed now. */
  get most(): number {
    const left = this.#credit - CHUNK_COST - REREAD_COST;
    // The last draft that fits exactly is not to fail for rounding.
    return Math.max(0, Math.min(MOST_DRAFTED, Math.floor(left / DRAFT_COST + 1e-9)));
  }

  /** Takes note of a token that came. */
  came(): void {
    this.#credit = Math.min(MOST_CREDIT, this.#credit + CREDIT_PER_TOKEN);
  }

  /** Takes note of a guess of which the first `accepted` tokens were right. */
  verified(drafted: number, accepted: number): void {
    const wrong = accepted < drafted ? REREAD_COST * (accepted + 1) : 0;
    const cost = DRAFT_COST * drafted + CHUNK_COST + wrong;
    this.#credit = Math.min(MOST_CREDIT, this.#credit + accepted - cost);
  }
}
