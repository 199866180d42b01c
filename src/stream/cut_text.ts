/** Maximum length of a segment, in UTF-16 code units. */
const SEGMENT_UNITS = 4096;

/** The complete segments of a text, and the remainder that may still grow. */
export interface CutText {
  readonly segments: readonly string[];
  readonly rest: string;
}

/**
 * Cuts a growing text into segments: after a line break, else before a space, else at {@linkcode SEGMENT_UNITS}, and
 * never within a surrogate pair. The cuts depend on the text alone, not on the chunks in which it arrives: cutting
 * `rest` plus the next chunk yields the same segments as cutting the whole text.
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

/** The end of the first segment, given the first {@linkcode SEGMENT_UNITS} of a longer text. */
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
