import type { IngestProgress } from "./ingest.ts";
import { Sha256State } from "../records/sha256_state.ts";
import { cutText } from "../stream/cut_text.ts";
import { Utf8Reader } from "../tokenizer/utf8_reader.ts";
import { TextCleaner } from "../prompt/text_cleaner.ts";

/**
 * Turns the bytes of a text, however they arrive, into the segments that are to be read, which depend on the text
 * alone. It holds less than a segment, and says all that it takes to go on elsewhere.
 */
export class TextReading {
  readonly #utf8: Utf8Reader;
  readonly #sha256: Sha256State;
  readonly #cleaner: TextCleaner;
  #rest: string;

  constructor({ offset, rest, cleaning, sha256 }: Omit<IngestProgress, "tokens"> = START) {
    this.#utf8 = new Utf8Reader(offset);
    this.#rest = rest;
    this.#cleaner = new TextCleaner(cleaning);
    this.#sha256 = Sha256State.restore(Uint8Array.fromBase64(sha256));
  }

  /** Bytes that were taken in: whole characters. */
  get offset(): number {
    return this.#utf8.offset;
  }

  /** Whether there was anything to read. */
  get started(): boolean {
    return this.#cleaner.state.started;
  }

  /** SHA-256 of what was taken in. */
  get digest(): string {
    return this.#sha256.digest().toHex();
  }

  /** What it takes to go on, after all segments so far were read. */
  get progress(): Omit<IngestProgress, "tokens"> {
    return {
      offset: this.offset,
      rest: this.#rest,
      cleaning: this.#cleaner.state,
      sha256: this.#sha256.save().toBase64(),
    };
  }

  /**
   * Takes bytes in.
   *
   * @returns the segments that they complete, clean and none of them empty
   * @throws {InvalidUtf8Error} then none of them was taken in.
   */
  push(bytes: Uint8Array): string[] {
    const text = this.#utf8.push(bytes);
    this.#sha256.update(new TextEncoder().encode(text));
    const { segments, rest } = cutText(this.#rest + text);
    this.#rest = rest;
    return this.#clean(segments);
  }

  /**
   * Ends the text.
   *
   * @returns the last segment, if there is one
   * @throws {InvalidUtf8Error} if the last character is not whole.
   */
  end(): string[] {
    this.#utf8.end();
    const last = this.#rest;
    this.#rest = "";
    return this.#clean([last]);
  }

  #clean(segments: readonly string[]): string[] {
    return segments.map((segment) => this.#cleaner.push(segment)).filter((text) => text !== "");
  }
}

const START: Omit<IngestProgress, "tokens"> = {
  offset: 0,
  rest: "",
  cleaning: { started: false, newline: false },
  sha256: new Sha256State().save().toBase64(),
};
