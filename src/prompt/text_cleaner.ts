/** Where a {@linkcode TextCleaner} is: all that it knows of what came before. */
export interface CleaningState {
  /** Whether anything but white space came. */
  readonly started: boolean;
  /** Whether a line ended, and nothing came after that. */
  readonly newline: boolean;
}

/**
 * Does with a text that comes in pieces what `cleanText` does with a message: every line end is LF, none follows
 * another, and there is no white space before the text and no line end after it. So nothing in it ends a turn, and what
 * looks like a speaker's label stays text.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const cleaner = new TextCleaner();
 * assert.equal(cleaner.push(" One\r"), "One");
 * assert.equal(cleaner.push("\n\nUser: two\n"), "\nUser: two");
 * ```
 */
export class TextCleaner {
  #started: boolean;
  #newline: boolean;

  constructor({ started, newline }: CleaningState = { started: false, newline: false }) {
    this.#started = started;
    this.#newline = newline;
  }

  get state(): CleaningState {
    return { started: this.#started, newline: this.#newline };
  }

  /** What of the text can be read now. */
  push(piece: string): string {
    let text = piece.replace(/[\r\n]+/g, "\n");
    if (!this.#started) text = text.trimStart();
    if (text === "") return "";
    this.#started = true;
    if (this.#newline && !text.startsWith("\n")) text = `\n${text}`;
    this.#newline = text.endsWith("\n");
    return this.#newline ? text.slice(0, -1) : text;
  }
}
