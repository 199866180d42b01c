import type { Outcome } from "./hold_conversation.ts";

/** The 97.5th percentile of the normal distribution. */
const Z_95 = 1.959963984540054;

/** How many of so many were recalled. */
export interface Tally {
  readonly n: number;
  readonly recalled: number;
  readonly percent: number;
  /** The 95 % interval, in percent. */
  readonly low: number;
  readonly high: number;
}

/** A tally of the conversations of one distance. */
export type DistanceTally = Tally & { readonly distance: number };

/** A tally of the conversations of one kind of fact. */
export type KindTally = Tally & { readonly kind: string };

/**
 * The 95 % interval of a share, as two shares. It stays within 0 and 1, and is no point where none or all succeeded.
 *
 * Source: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(wilsonInterval(5, 10).map((share) => share.toFixed(3)), ["0.237", "0.763"]);
 * ```
 */
export function wilsonInterval(successes: number, n: number): [low: number, high: number] {
  const share = successes / n;
  const z2 = Z_95 ** 2;
  const middle = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = Z_95 / (1 + z2 / n) * Math.sqrt(share * (1 - share) / n + z2 / (4 * n * n));
  // Exactly the ends, where rounding would pass them.
  return [successes === 0 ? 0 : middle - half, successes === n ? 1 : middle + half];
}

/** Counts what was recalled. There must be an outcome. */
export function tally(outcomes: readonly Outcome[]): Tally {
  const n = outcomes.length;
  const recalled = outcomes.filter((outcome) => outcome.recalled).length;
  const [low, high] = wilsonInterval(recalled, n);
  return { n, recalled, percent: 100 * recalled / n, low: 100 * low, high: 100 * high };
}

/** A tally of each distance, the shortest first. */
export function tallyByDistance(outcomes: readonly Outcome[]): DistanceTally[] {
  return [...Map.groupBy(outcomes, ({ distance }) => distance)]
    .map(([distance, group]) => ({ distance, ...tally(group) }))
    .sort((a, b) => a.distance - b.distance);
}

/** A tally of each kind, in the order of the alphabet. */
export function tallyByKind(outcomes: readonly Outcome[]): KindTally[] {
  return [...Map.groupBy(outcomes, ({ kind }) => kind)]
    .map(([kind, group]) => ({ kind, ...tally(group) }))
    .sort((a, b) => a.kind < b.kind ? -1 : 1);
}
