/** A set of code points, as ascending ranges that neither touch nor overlap. Never contains surrogates. */
export type CodePoints = readonly (readonly [lowest: number, highest: number])[];

const HIGHEST = 0x10ffff;

/** Builds a set from ranges in any order. Drops surrogates. */
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

/** The code points in both sets. */
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

/** Whether a set contains a code point. */
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

/** Consecutive byte ranges. */
export type ByteSequence = readonly (readonly [lowest: number, highest: number])[];

/**
 * The UTF-8 encodings of a set, as sequences of byte ranges.
 *
 * A range of code points is split where the length of the encoding changes, and further until each part is a product of
 * byte ranges: all bytes after the first differing byte cover their full range.
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

/** The UTF-8 bytes of a code point. */
function utf8(point: number): number[] {
  const tail = (shift: number) => 0x80 | (point >> shift & 0x3f);
  if (point <= 0x7f) return [point];
  if (point <= 0x7ff) return [0xc0 | point >> 6, tail(0)];
  if (point <= 0xffff) return [0xe0 | point >> 12, tail(6), tail(0)];
  return [0xf0 | point >> 18, tail(12), tail(6), tail(0)];
}

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
  const [from, to] = [utf8(lowest), utf8(highest)];
  return [from.map((byte, at) => [byte, to[at]!] as const)];
}
