import { Failure } from "../failure/failure.ts";
import { unfinishedLength } from "./detokenizer.ts";

/** The bytes are not valid UTF-8. */
export class InvalidUtf8Error extends Failure {
  override readonly name = "InvalidUtf8Error";
  override readonly category = "invalid";
  override readonly code = "invalid_utf8";
  /** @param offset position of the first invalid byte */
  constructor(readonly offset: number) {
    super(`Byte ${offset} is not valid UTF-8`);
  }

  override get clientMessage(): string {
    return `The text is not valid UTF-8 at byte ${this.offset}.`;
  }
}

/**
 * Decodes bytes to text incrementally, in whole characters, and rejects invalid UTF-8.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const reader = new Utf8Reader();
 * assert.equal(reader.push(Uint8Array.of(0x61, 0xf0, 0x9f)), "a");
 * assert.equal(reader.offset, 1);
 * assert.equal(reader.push(Uint8Array.of(0x98, 0x80)), "😀");
 * assert.equal(reader.offset, 5);
 * ```
 */
export class Utf8Reader {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** The first bytes of an incomplete character. */
  #held = new Uint8Array();
  #offset: number;

  /** @param offset position of the first byte that is pushed */
  constructor(offset = 0) {
    this.#offset = offset;
  }

  /** Position after the last complete character. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * Reads bytes. Returns the text that they complete.
   *
   * @throws {InvalidUtf8Error} without reading any of the bytes
   */
  push(bytes: Uint8Array): string {
    const all = new Uint8Array(this.#held.length + bytes.length);
    all.set(this.#held);
    all.set(bytes, this.#held.length);
    const complete = all.length - unfinishedLength(all);
    const text = this.#decode(all.subarray(0, complete));
    this.#held = all.slice(complete);
    this.#offset += complete;
    return text;
  }

  /** @throws {InvalidUtf8Error} if the last character is incomplete */
  end(): void {
    if (this.#held.length > 0) throw new InvalidUtf8Error(this.#offset);
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      throw new InvalidUtf8Error(this.#offset + validLength(bytes));
    }
  }
}

/** The length of the valid prefix, in bytes. */
function validLength(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let whole = 0;
  for (let at = 0; at < bytes.length; at++) {
    try {
      if (decoder.decode(bytes.subarray(at, at + 1), { stream: true }) !== "") whole = at + 1;
    } catch {
      return whole;
    }
  }
  return whole;
}
