import { atOnce } from "../stream/slices.ts";

/** Pairs processed per step: less than a millisecond. */
const PAIRS_PER_STEP = 4096;
/** Larger than any position, so that rank * POSITION + position orders by rank, then position. */
const POSITION = 2 ** 32;
const NONE = -1;

/**
 * Byte pair encoding: repeatedly merges the adjacent pair with the lowest rank, the leftmost of equals, until no pair
 * has a merge. Takes O(n log n) for a word of n tokens.
 *
 * Source: arXiv 1508.07909, section 3.2.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const merges = new BytePairMerges([[1, 2, 4], [4, 3, 5]]);
 * assert.deepEqual(merges.apply([1, 2, 3, 1, 2]), [5, 4]);
 * ```
 */
export class BytePairMerges {
  /** A hash table with open addressing. Each slot is [left, right, rank, token]. `[4 * capacity]` */
  readonly #slots: Int32Array;
  readonly #mask: number;

  /** @param merges two tokens and the token that replaces them, in the order of their ranks */
  constructor(merges: readonly (readonly [left: number, right: number, token: number])[]) {
    const capacity = 2 ** Math.ceil(Math.log2(2 * merges.length + 2));
    this.#slots = new Int32Array(4 * capacity).fill(NONE);
    this.#mask = capacity - 1;
    for (const [rank, [left, right, token]] of merges.entries()) {
      const slot = this.#find(left, right);
      if (this.#slots[slot] === NONE) this.#slots.set([left, right, rank, token], slot);
    }
  }

  /** Merges the tokens of a word. */
  apply(word: ArrayLike<number>): number[] {
    return atOnce(this.applying(word));
  }

  /** {@linkcode apply} in steps: a word may be a megabyte of one letter. */
  *applying(word: ArrayLike<number>): Generator<void, number[]> {
    const tokens = Int32Array.from(word);
    const count = tokens.length;
    // A doubly linked list of the remaining tokens, by position.
    const next = new Int32Array(count);
    const previous = new Int32Array(count);
    for (let at = 0; at < count; at++) {
      next[at] = at + 1 < count ? at + 1 : NONE;
      previous[at] = at - 1;
    }
    // At most one candidate per position, and two per merge; there are fewer merges than positions.
    const candidates = new MinHeap(3 * count);
    const slots = this.#slots;
    const consider = (at: number): void => {
      if (at === NONE || next[at] === NONE) return;
      const slot = this.#find(tokens[at]!, tokens[next[at]!]!);
      if (slots[slot] !== NONE) candidates.push(slots[slot + 2]! * POSITION + at);
    };

    for (let at = 0; at < count; at++) {
      consider(at);
      if (at % PAIRS_PER_STEP === PAIRS_PER_STEP - 1) yield;
    }
    for (let pairs = 1; candidates.size > 0; pairs++) {
      if (pairs % PAIRS_PER_STEP === 0) yield;
      const found = candidates.pop();
      const rank = Math.floor(found / POSITION);
      const at = found - rank * POSITION;
      const right = next[at]!;
      if (right === NONE) continue;
      const slot = this.#find(tokens[at]!, tokens[right]!);
      // Stale if either token has been merged with its other neighbour meanwhile.
      if (slots[slot] === NONE || slots[slot + 2] !== rank) continue;
      const after = next[right]!;
      tokens[at] = slots[slot + 3]!;
      next[at] = after;
      next[right] = NONE;
      if (after !== NONE) previous[after] = at;
      consider(previous[at]!);
      consider(at);
    }

    const merged: number[] = [];
    for (let at = count > 0 ? 0 : NONE; at !== NONE; at = next[at]!) merged.push(tokens[at]!);
    return merged;
  }

  /** The slot of a pair, or the free slot for it. */
  #find(left: number, right: number): number {
    const slots = this.#slots;
    let at = Math.imul(Math.imul(left, 0x9e3779b1) ^ right, 0x85ebca6b) >>> 7;
    for (;; at++) {
      const slot = (at & this.#mask) * 4;
      const found = slots[slot]!;
      if (found === NONE || (found === left && slots[slot + 1] === right)) return slot;
    }
  }
}

/** A binary min-heap of numbers, of fixed capacity. */
class MinHeap {
  readonly #numbers: Float64Array;
  size = 0;

  constructor(capacity: number) {
    this.#numbers = new Float64Array(capacity);
  }

  push(number: number): void {
    const numbers = this.#numbers;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (numbers[parent]! <= number) break;
      numbers[at] = numbers[parent]!;
      at = parent;
    }
    numbers[at] = number;
  }

  /** Removes and returns the lowest number. The heap must not be empty. */
  pop(): number {
    const numbers = this.#numbers;
    const lowest = numbers[0]!;
    const size = --this.size;
    const last = numbers[size]!;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && numbers[child + 1]! < numbers[child]!) child++;
      if (numbers[child]! >= last) break;
      numbers[at] = numbers[child]!;
      at = child;
    }
    numbers[at] = last;
    return lowest;
  }
}
