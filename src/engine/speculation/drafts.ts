import { DraftBudget } from "./draft_budget.ts";
import { HitRates, MOST_MATCHED } from "./hit_rates.ts";
import { NgramIndex } from "./ngram_index.ts";

/** Tokens of a prompt that are looked at, the last ones. */
const MOST_INDEXED = 32_768;

/** Tokens of a draft at the most. */
const MOST_DRAFTED = 15;

/** Tokens that have to be the same before another place is followed, and how many more than at the one that is. */
const LEAST_MATCHED = 2;
const MORE_MATCHED = 2;

/** Tokens within which the text goes on as the place that is followed does, after some that differ. */
const MOST_SKIPPED = 16;

/** Tokens that may differ before a place is not followed any more. */
const MOST_DIFFERENT = 24;

/** A place that the text is like. */
interface Followed {
  /** Index of the token that comes next, if the text goes on as it did there. */
  next: number;
  /** How many tokens before that are the same. */
  matched: number;
  /** Tokens that came since the last one that is the same. */
  different: number;
}

/**
 * Guesses how an answer goes on, for the engine to read several tokens in one pass. What was guessed is only taken where the
 * sampler chooses the same token, so that no guess changes an answer.
 *
 * It goes on as the text did at an earlier place that is like its end. It follows that place over tokens that differ, as
 * where a word was changed, or where rows of data have the same keys and other values.
 */
export class Drafts {
  readonly #text = new NgramIndex();
  readonly #budget = new DraftBudget();
  readonly #rates = new HitRates();
  /** Of texts that had to come. */
  readonly #spelling = new HitRates();
  #isSpelled = false;
  #followed: Followed | undefined;
  /** What was guessed, from the next token on, and how many tokens of it were right. */
  #guessed: readonly number[] = [];
  #accepted = 0;

  /** @param prompt what was read before the answer */
  constructor(prompt: readonly number[]) {
    for (const token of prompt.slice(-MOST_INDEXED)) this.#text.add(token);
  }

  /** Takes note of the next token of the answer. */
  add(token: number): void {
    if (this.#followed !== undefined) this.#follow(this.#followed, token);
    this.#text.add(token);
    this.#budget.came();
    if (this.#guessed.length > 0) this.#verify(token);
    const place = this.#text.find();
    const matched = this.#followed?.matched ?? 0;
    if (place === undefined || place.matched < LEAST_MATCHED) return;
    if (matched === 0 || place.matched > matched + MORE_MATCHED) {
      this.#followed = { ...place, different: 0 };
    }
  }

  /**
   * The tokens that may come next, at most so many, to be read together with the last one.
   *
   * @param spelled the tokens of a text that has to come. Other tokens may spell it as well.
   */
  propose(most: number, spelled: readonly number[] = []): readonly number[] {
    const allowed = Math.min(most, MOST_DRAFTED, this.#budget.most);
    const { next, matched } = this.#followed ?? { next: 0, matched: 0 };
    const length = matched === 0 ? 0 : this.#rates.worthGuessing(matched, allowed);
    this.#guessed = spelled.length > 0
      ? spelled.slice(
        0,
        this.#spelling.worthGuessing(MOST_MATCHED, Math.min(allowed, spelled.length)),
      )
      : this.#text.following(next, length);
    this.#isSpelled = spelled.length > 0;
    this.#accepted = 0;
    return this.#guessed;
  }

  /** Goes on with the place that is followed: after the same token there, if it comes soon. */
  #follow(followed: Followed, token: number): void {
    const skipped = this.#text.following(followed.next, MOST_SKIPPED).indexOf(token);
    if (followed.matched > 0) this.#rates.guessed(followed.matched, skipped === 0);
    if (skipped === -1) {
      followed.matched = 0;
      followed.different++;
      if (followed.different > MOST_DIFFERENT) this.#followed = undefined;
      return;
    }
    followed.matched = skipped === 0 ? followed.matched + 1 : 1;
    followed.next += skipped + 1;
    followed.different = 0;
  }

  #verify(token: number): void {
    const right = this.#guessed[this.#accepted] === token;
    if (this.#isSpelled) this.#spelling.guessed(MOST_MATCHED, right);
    if (right) this.#accepted++;
    if (right && this.#accepted < this.#guessed.length) return;
    this.#budget.verified(this.#guessed.length, this.#accepted);
    this.#guessed = [];
  }
}
