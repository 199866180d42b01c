import type { GrammarBuilder } from "./grammar_builder.ts";

/** Decimal digits that a double represents exactly: different decimals of this length are different doubles. */
const DIGITS = 15;

/** Constraints of a number. */
export interface NumberRange {
  readonly least?: number | undefined;
  readonly most?: number | undefined;
  /** Whether the lower bound is exclusive. */
  readonly aboveLeast?: boolean;
  /** Whether the upper bound is exclusive. */
  readonly belowMost?: boolean;
  /** The number is a multiple of units * 10^-fraction. */
  readonly step?: { readonly units: number; readonly fraction: number } | undefined;
}

/** Maximum number of fractional digits of a step. */
export const MAX_FRACTION = DIGITS - 1;

const ZERO = 0x30;

/** Any JSON number with up to 15 digits on either side of the point, and up to 2 in the exponent. */
export function anyNumber(builder: GrammarBuilder, from: number, to: number): void {
  const unsigned = builder.state();
  builder.empty(from, unsigned);
  builder.bytes(from, 0x2d, 0x2d, unsigned);
  const whole = builder.state();
  builder.bytes(unsigned, ZERO, ZERO, whole);
  let digit = builder.state();
  builder.bytes(unsigned, ZERO + 1, ZERO + 9, digit);
  digits(builder, digit, DIGITS - 1, whole);
  builder.empty(whole, to);
  const point = builder.state();
  builder.bytes(whole, 0x2e, 0x2e, point);
  digit = builder.state();
  builder.bytes(point, ZERO, ZERO + 9, digit);
  const fraction = builder.state();
  digits(builder, digit, DIGITS - 1, fraction);
  builder.empty(fraction, to);
  const sign = builder.state();
  for (const before of [whole, fraction]) {
    builder.bytes(before, 0x65, 0x65, sign);
    builder.bytes(before, 0x45, 0x45, sign);
  }
  const exponent = builder.state();
  builder.empty(sign, exponent);
  builder.bytes(sign, 0x2b, 0x2b, exponent);
  builder.bytes(sign, 0x2d, 0x2d, exponent);
  digit = builder.state();
  builder.bytes(exponent, ZERO, ZERO + 9, digit);
  digits(builder, digit, 1, to);
}

/** At most `most` digits. */
function digits(builder: GrammarBuilder, from: number, most: number, to: number): void {
  builder.empty(from, to);
  for (let at = from, i = 0; i < most; i++) {
    const next = builder.state();
    builder.bytes(at, ZERO, ZERO + 9, next);
    builder.empty(next, to);
    at = next;
  }
}

/** An integer of at most 15 digits. */
export function integers(builder: GrammarBuilder, from: number, range: NumberRange, to: number) {
  const limit = 10n ** BigInt(DIGITS) - 1n;
  const [least, most] = scaled(range, 0, limit);
  signed(builder, from, least, most, { fraction: 0, multipleOf: wholeStep(range) }, to);
}

/** The step between multiples that are integers. */
function wholeStep({ step = { units: 1, fraction: 0 } }: NumberRange): number {
  const one = 10 ** step.fraction;
  const divisor = greatestDivisor(step.units, one);
  return step.units / divisor;
}

/** The greatest common divisor of two integers. */
export function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** The bound of a number without one, and the maximum number of its fractional digits. */
const OPEN = { limit: 999_999_999, fraction: 6 } as const;

/**
 * A number within bounds, without an exponent and with at most 15 digits in total. If a bound is missing, the magnitude
 * is below 10^9.
 */
export function numbers(builder: GrammarBuilder, from: number, range: NumberRange, to: number) {
  const { least = -OPEN.limit, most = OPEN.limit } = range;
  const size = Math.max(Math.abs(least), Math.abs(most), 1);
  const open = range.least === undefined || range.most === undefined;
  const spare = DIGITS - String(Math.floor(Math.min(size, 1e15))).length;
  const { units = 1, fraction: needed } = range.step ?? {};
  const fraction = needed ?? Math.max(0, open ? Math.min(spare, OPEN.fraction) : spare);
  const limit = 10n ** BigInt(DIGITS) - 1n;
  const [lowest, highest] = scaled({ ...range, least, most }, fraction, limit);
  signed(builder, from, lowest, highest, { fraction, multipleOf: units }, to);
}

/** The range in units of the last digit. */
function scaled(range: NumberRange, fraction: number, limit: bigint): [bigint, bigint] {
  const { least, most, aboveLeast = false, belowMost = false } = range;
  let lowest = -limit;
  let highest = limit;
  if (least !== undefined) {
    const { floor, exact } = units(least, fraction);
    const bound = exact && !aboveLeast ? floor : floor + 1n;
    if (bound > lowest) lowest = bound;
  }
  if (most !== undefined) {
    const { floor, exact } = units(most, fraction);
    const bound = exact && belowMost ? floor - 1n : floor;
    if (bound < highest) highest = bound;
  }
  return [lowest, highest];
}

/** The shortest decimal of a double, in units of 10^-fraction, rounded down. */
function units(value: number, fraction: number): { floor: bigint; exact: boolean } {
  const [, sign, whole, decimals = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/
    .exec(String(value))!;
  const shift = Number(exponent) + fraction - decimals.length;
  const magnitude = BigInt(whole! + decimals);
  const power = 10n ** BigInt(Math.abs(shift));
  const quotient = shift >= 0 ? magnitude * power : magnitude / power;
  const exact = shift >= 0 || quotient * power === magnitude;
  if (sign === "") return { floor: quotient, exact };
  return { floor: exact ? -quotient : -quotient - 1n, exact };
}

/** The number of fractional digits, and the step in units of the last digit. */
interface Digits {
  readonly fraction: number;
  readonly multipleOf: number;
}

function signed(
  builder: GrammarBuilder,
  from: number,
  lowest: bigint,
  highest: bigint,
  digits: Digits,
  to: number,
): void {
  const max = (a: bigint, b: bigint) => a > b ? a : b;
  if (highest >= 0n) {
    unsigned(builder, from, max(lowest, 0n), highest, digits, to);
  }
  if (lowest < 0n) {
    const minus = builder.state();
    builder.bytes(from, 0x2d, 0x2d, minus);
    unsigned(builder, minus, max(-highest, 1n), -lowest, digits, to);
  }
}

/**
 * Non-negative numbers from `least` to `most`, both in units of 10^-fraction. For each number of integer digits it
 * writes an automaton that tracks whether the digits so far are still a prefix of the lower or the upper bound.
 */
function unsigned(
  builder: GrammarBuilder,
  from: number,
  least: bigint,
  most: bigint,
  { fraction, multipleOf }: Digits,
  to: number,
): void {
  const longest = Math.max(1, String(most).length - fraction);
  // States whose digits are no prefix of a bound any more. They are shared by all numbers of digits.
  const free = new Map<string, number>();
  for (let whole = 1; whole <= longest; whole++) {
    const first = whole === 1 ? 0n : 10n ** BigInt(whole - 1 + fraction);
    const last = 10n ** BigInt(whole + fraction) - 1n;
    const lowest = least > first ? least : first;
    const highest = most < last ? most : last;
    if (lowest > highest) continue;
    const length = whole + fraction;
    const low = String(lowest).padStart(length, "0");
    const high = String(highest).padStart(length, "0");
    const states = new Map<string, number>();

    const visit = (at: number, isLow: boolean, isHigh: boolean, rest: number): number => {
      const map = isLow || isHigh ? states : free;
      const key = `${whole - at} ${isLow} ${isHigh} ${rest}`;
      const known = map.get(key);
      if (known !== undefined) return known;
      const state = builder.state();
      map.set(key, state);
      if (at >= whole) {
        // Missing fractional digits count as zeros.
        const isMultiple = rest * (10 ** (length - at) % multipleOf) % multipleOf === 0;
        if ((!isLow || /^0*$/.test(low.slice(at))) && isMultiple) builder.empty(state, to);
      }
      if (at === length) return state;
      let digitsFrom = state;
      if (at === whole) {
        digitsFrom = builder.state();
        builder.bytes(state, 0x2e, 0x2e, digitsFrom);
      }
      const begin = isLow ? Number(low[at]) : 0;
      const end = isHigh ? Number(high[at]) : 9;
      for (let digit = begin; digit <= end; digit++) {
        const next = visit(
          at + 1,
          isLow && digit === begin,
          isHigh && digit === end,
          (rest * 10 + digit) % multipleOf,
        );
        builder.bytes(digitsFrom, ZERO + digit, ZERO + digit, next);
      }
      return state;
    };
    builder.empty(from, visit(0, true, true, 0));
  }
}
