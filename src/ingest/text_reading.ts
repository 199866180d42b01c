import { type IngestProgress, NO_PROGRESS } from "./ingest.ts";
import { Sha256State } from "../records/sha256_state.ts";
import { cutText } from "../stream/cut_text.ts";
import { Utf8Reader } from "../tokenizer/utf8_reader.ts";
import { TextCleaner } from "../prompt/text_cleaner.ts";

/**
 * Splits the bytes of a text into segments to tokenize and read. The segments depend on the text alone, not on how it
 * is chunked. Holds less than one segment, and can be resumed elsewhere from its {@linkcode TextReading.progress}.
 */
export class TextReading {
  readonly #utf8: Utf8Reader;
  readonly #sha256: Sha256State;
  readonly #cleaner: TextCleaner;
  #rest: string;

  constructor({ offset, rest, cleaning, sha256 }: Omit<IngestProgress, "tokens"> = NO_PROGRESS) {
    this.#utf8 = new Utf8Reader(offset);
    this.#rest = rest;
    this.#cleaner = new TextCleaner(cleaning);
    this.#sha256 = Sha256State.restore(Uint8Array.fromBase64(sha256));
  }

  /** Number of bytes taken in, up to the last complete character. */
  get offset(): number {
    return this.#utf8.offset;
  }

  /** Whether the text is not blank so far. */
  get started(): boolean {
    return this.#cleaner.state.started;
  }

  /** SHA-256 of the bytes taken in, in hexadecimal. */
  get digest(): string {
    return this.#sha256.digest().toHex();
  }

  /** Everything needed to resume after the segments so far. */
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
   * @returns the segments that they complete, cleaned and non-empty
   * @throws {InvalidUtf8Error} without taking any of them in
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
   * @returns the last segment, if any
   * @throws {InvalidUtf8Error} if the last character is incomplete
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
