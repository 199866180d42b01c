/** Tokens by which an earlier place is looked up. */
const KEY_TOKENS = 2;

/** Earlier places with the same last tokens that are compared. */
const MOST_PLACES = 8;

/** Tokens before a place that are compared. */
const MOST_COMPARED = 16;

/** Token ids are below this. */
const ID_LIMIT = 2 ** 20;

/** An earlier place in a text that is like its end. */
export interface LikePlace {
  /** Index of the token that followed there. */
  readonly next: number;
  /** How many tokens before it are the same as at the end. */
  readonly matched: number;
}

/**
 * A text of tokens that grows, and in which earlier places can be found that are like its end: prompt lookup.
 *
 * @see https://github.com/apoorvumang/prompt-lookup-decoding
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const index = new NgramIndex();
 * for (const token of [5, 6, 7, 8, 9, 6, 7]) index.add(token);
 * assert.deepEqual(index.find(), { next: 3, matched: 2 });
 * assert.deepEqual(index.following(3, 2), [8, 9]);
 * ```
 */
export class NgramIndex {
  readonly #tokens: number[] = [];
  /** Of the last tokens at a place, the latest place: the index of the token after them. */
  readonly #latest = new Map<number, number>();
  /** Of each place, the one before it with the same last tokens, or 0. */
  readonly #before: number[] = [0];

  /** Adds a token to the text. */
  add(token: number): void {
    const end = this.#tokens.length;
    if (end >= KEY_TOKENS) {
      const key = this.#keyAt(end);
      this.#before[end] = this.#latest.get(key) ?? 0;
      this.#latest.set(key, end);
    } else this.#before[end] = 0;
    this.#tokens.push(token);
  }

  /** The earlier place before which most tokens are the same as at the end, the latest among equals. */
  find(): LikePlace | undefined {
    const end = this.#tokens.length;
    if (end < KEY_TOKENS) return undefined;
    let best: LikePlace | undefined;
    let place = this.#latest.get(this.#keyAt(end)) ?? 0;
    for (let looked = 0; place > 0 && looked < MOST_PLACES; looked++) {
      const matched = this.#matched(place, end);
      if (matched > (best?.matched ?? 0)) best = { next: place, matched };
      place = this.#before[place]!;
    }
    return best;
  }

  /** The tokens from an index on, at most so many. */
  following(index: number, count: number): number[] {
    return this.#tokens.slice(index, index + count);
  }

  #matched(place: number, end: number): number {
    const most = Math.min(place, MOST_COMPARED);
    let matched = KEY_TOKENS;
    while (
      matched < most && this.#tokens[place - 1 - matched] === this.#tokens[end - 1 - matched]
    ) matched++;
    return matched;
  }

  /** The last tokens before an index, as one number. */
  #keyAt(end: number): number {
    return this.#tokens[end - 2]! * ID_LIMIT + this.#tokens[end - 1]!;
  }
}
