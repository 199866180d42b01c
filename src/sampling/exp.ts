const STEP_BITS = 6;
/** Steps from a power of two to the next. */
const STEPS = 1 << STEP_BITS;
/** ln 2 as a float64, and what is missing. */
const LN_2 = 0.6931471805599453;
const LN_2_REST = 2.3190468138462996e-17;
/** The length of a step in two parts. The first has so few bits that its product with a number of steps is exact. */
const STEP_HIGH = Math.round((LN_2 / STEPS) * 2 ** 40) / 2 ** 40;
const STEP_LOW = LN_2 / STEPS - STEP_HIGH + LN_2_REST / STEPS;
/** Below, e^x is 0. */
const MIN_X = -750;
/** 2^n is 0 from here on. */
const MIN_POWER = -1_083;
/** 2^n, from the least to 0. */
const POWERS = powers();
/** 2^(i / 64). */
const ROOTS = Float64Array.from({ length: STEPS }, (_, i) => root(i, STEPS));

/**
 * e^x for x that is not above 0, to two units of the last place.
 *
 * Hosts may choose how exactly `Math.exp` is right (ECMAScript, section 21.3.2.14), so that a seed could give one token here
 * and another there. This has the same bits everywhere, and takes half the time: a draw needs it once for each token there is.
 *
 * e^x = 2^(n / 64) e^r with |r| at most ln(2) / 128, and e^r from the first terms of its series.
 *
 * @param x not above 0, and not NaN
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(exp(0), 1);
 * assert.ok(Math.abs(exp(-2.5) / Math.exp(-2.5) - 1) < 1e-15);
 * assert.equal(exp(-Infinity), 0);
 * ```
 */
export function exp(x: number): number {
  x = Math.max(x, MIN_X);
  const n = Math.floor(x * (STEPS / LN_2) + 0.5);
  const r = x - n * STEP_HIGH - n * STEP_LOW;
  const series = 1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120)))));
  return series * ROOTS[n & (STEPS - 1)]! * POWERS[(n >> STEP_BITS) - MIN_POWER]!;
}

function powers(): Float64Array {
  const powers = new Float64Array(1 - MIN_POWER);
  for (let n = 0, power = 1; n >= MIN_POWER; n--, power /= 2) powers[n - MIN_POWER] = power;
  return powers;
}

/** 2^(i / steps): halving is exact, and square roots are rounded correctly on every host. */
function root(i: number, steps: number): number {
  if (i >= steps) return 2 * root(i - steps, steps);
  return i === 0 ? 1 : Math.sqrt(root(i, steps / 2));
}
