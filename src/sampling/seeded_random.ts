import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

/** The state of a xoroshiro128+ generator: four 32-bit integers. */
export type RandomState = [number, number, number, number];

/**
 * A seeded generator of random numbers (xoroshiro128+) that can be saved and go on elsewhere.
 *
 * @see https://vigna.di.unimi.it/ftp/papers/ScrambledLinear.pdf
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const random = new SeededRandom(42);
 * random.next();
 * const copy = SeededRandom.restore(random.save());
 * assert.equal(copy.next(), random.next());
 * ```
 */
export class SeededRandom {
  #generator: RandomGenerator;

  /** @param seed Any safe integer. */
  constructor(seed: number) {
    this.#generator = xoroshiro128plusFromState(expand(seed));
  }

  /** A number in [0, 1), uniform over the multiples of 2^-53. */
  next(): number {
    return uniformFloat64(this.#generator);
  }

  save(): RandomState {
    const [s01, s00, s11, s10] = this.#generator.getState();
    return [s01!, s00!, s11!, s10!];
  }

  static restore(state: RandomState): SeededRandom {
    const random = new SeededRandom(0);
    random.#generator = xoroshiro128plusFromState(state);
    return random;
  }
}

/**
 * Spreads a seed over the whole state. The generator's own seeding does not: its first numbers would be nearly the same
 * for all small seeds.
 */
function expand(seed: number): RandomState {
  const low = seed | 0;
  const high = Math.floor(seed / 2 ** 32) | 0;
  const word = (i: number) => mix(mix(low + Math.imul(i, GOLDEN)) ^ high);
  return [word(1), word(2), word(3), word(4)];
}

const GOLDEN = 0x9e3779b9;

/** The finaliser of MurmurHash3, a bijection in which every bit of the input changes half the bits of the output. */
function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
