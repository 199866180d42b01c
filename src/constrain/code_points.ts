/** A set of code points as ranges in rising order that neither touch nor overlap. Never surrogates. */
export type CodePoints = readonly (readonly [lowest: number, highest: number])[];

const HIGHEST = 0x10ffff;

/** Ranges in any order, put in order, without surrogates. */
export function codePoints(ranges: Iterable<readonly [number, number]>): CodePoints {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  const merged: [number, number][] = [];
  for (const [lowest, highest] of sorted) {
    const last = merged.at(-1);
    if (last && lowest <= last[1] + 1) last[1] = Math.max(last[1], highest);
    else merged.push([lowest, highest]);
  }
  return intersection(merged, [[0, 0xd7ff], [0xe000, HIGHEST]]);
}

/** All code points that are not in a set. */
export function complement(set: CodePoints): CodePoints {
  const gaps: [number, number][] = [];
  let next = 0;
  for (const [lowest, highest] of set) {
    if (next < lowest) gaps.push([next, lowest - 1]);
    next = highest + 1;
  }
  if (next <= HIGHEST) gaps.push([next, HIGHEST]);
  return codePoints(gaps);
}

/** Code points that are in both sets. */
export function intersection(a: CodePoints, b: CodePoints): CodePoints {
  const both: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const lowest = Math.max(a[i]![0], b[j]![0]);
    const highest = Math.min(a[i]![1], b[j]![1]);
    if (lowest <= highest) both.push([lowest, highest]);
    if (a[i]![1] < b[j]![1]) i++;
    else j++;
  }
  return both;
}

/** Whether a set has a code point. */
export function hasPoint(set: CodePoints, point: number): boolean {
  let [low, high] = [0, set.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (set[middle]![1] < point) low = middle + 1;
    else high = middle;
  }
  return low < set.length && set[low]![0] <= point;
}

/** Every code point. */
export const EVERY: CodePoints = codePoints([[0, HIGHEST]]);

/** Ranges of bytes that follow each other. */
export type ByteSequence = readonly (readonly [lowest: number, highest: number])[];

/**
 * The UTF-8 of a set, as sequences of ranges of bytes.
 *
 * A range is split where the number of bytes changes, and then until all bytes after the first that differs run through
 * all that they can be.
 *
 * @see Thompson's method, as in https://github.com/rust-lang/regex/tree/master/regex-syntax `utf8.rs`
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(utf8Sequences([[0x7e, 0x80]]), [[[0x7e, 0x7f]], [[0xc2, 0xc2], [0x80, 0x80]]]);
 * ```
 */
export function utf8Sequences(set: CodePoints): ByteSequence[] {
  return set.flatMap(([lowest, highest]) => split(lowest, highest));
}

const encoder = new TextEncoder();

function split(lowest: number, highest: number): ByteSequence[] {
  for (const limit of [0x7f, 0x7ff, 0xffff]) {
    if (lowest <= limit && limit < highest) {
      return [...split(lowest, limit), ...split(limit + 1, highest)];
    }
  }
  if (highest > 0x7f) {
    for (let bits = 6; bits <= 18; bits += 6) {
      const low = (1 << bits) - 1;
      if ((lowest & ~low) === (highest & ~low)) continue;
      const cut = (lowest & low) !== 0
        ? (lowest | low)
        : (highest & low) !== low
        ? (highest & ~low) - 1
        : undefined;
      if (cut !== undefined) return [...split(lowest, cut), ...split(cut + 1, highest)];
    }
  }
  const from = encoder.encode(String.fromCodePoint(lowest));
  const to = encoder.encode(String.fromCodePoint(highest));
  return [[...from].map((byte, at) => [byte, to[at]!] as const)];
}
