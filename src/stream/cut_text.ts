/** UTF-16 units of a segment at the most. */
const SEGMENT_UNITS = 4096;

/** A text in segments, and what is too short to be one yet. */
export interface CutText {
  readonly segments: readonly string[];
  readonly rest: string;
}

/**
 * Cuts a text of which more may come into segments: after a line, or else before a space, or else wherever
 * {@linkcode SEGMENT_UNITS} are full, and never within a surrogate pair. Where it is cut depends on the text alone, and
 * not on the pieces that it comes in: what is cut together with the rest before gives the same segments.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const line = `${"word ".repeat(600)}\n`;
 * const { segments, rest } = cutText(line + line);
 * assert.deepEqual(segments, [line]);
 * assert.equal(rest, line);
 * ```
 */
export function cutText(text: string): CutText {
  const segments: string[] = [];
  let at = 0;
  while (text.length - at > SEGMENT_UNITS) {
    const end = at + cutAt(text.slice(at, at + SEGMENT_UNITS));
    segments.push(text.slice(at, end));
    at = end;
  }
  return { segments, rest: text.slice(at) };
}

/** Where to end the first segment of a text that is longer. */
function cutAt(window: string): number {
  const least = SEGMENT_UNITS / 2;
  const line = window.lastIndexOf("\n") + 1;
  if (line >= least) return line;
  // Tokens begin with the space before a word.
  const space = window.lastIndexOf(" ");
  if (space >= least) return space;
  const last = window.charCodeAt(window.length - 1);
  return last >= 0xd800 && last < 0xdc00 ? window.length - 1 : window.length;
}
