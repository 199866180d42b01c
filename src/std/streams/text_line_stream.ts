/** Options for {@linkcode TextLineStream}. */
export interface TextLineStreamOptions {
  /**
   * Whether a lone `\r` ends a line too.
   *
   * @default {false}
   */
  allowCR?: boolean;
}

/**
 * Splits text into lines at `\n` and `\r\n`, however the text is chunked. Lines come without their line break. Text
 * after the last line break is a line unless it is empty.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const text = ReadableStream.from(["one\nt", "wo\r", "\nthree"]);
 * const lines = await Array.fromAsync(text.pipeThrough(new TextLineStream()));
 * assert.deepEqual(lines, ["one", "two", "three"]);
 * ```
 */
export class TextLineStream extends TransformStream<string, string> {
  /** @param options Which characters end a line. */
  constructor({ allowCR = false }: TextLineStreamOptions = {}) {
    const endOfLine = allowCR ? /\r\n|\n|\r/g : /\r?\n/g;
    let rest = "";
    super({
      transform(chunk, controller) {
        const text = rest + chunk;
        let start = 0;
        for (const { 0: end, index } of text.matchAll(endOfLine)) {
          // A `\r` that ends the chunk may be the first half of a `\r\n`.
          if (end === "\r" && index === text.length - 1) break;
          controller.enqueue(text.slice(start, index));
          start = index + end.length;
        }
        rest = text.slice(start);
      },
      flush(controller) {
        if (rest === "") return;
        controller.enqueue(allowCR && rest.endsWith("\r") ? rest.slice(0, -1) : rest);
      },
    });
  }
}
