/**
 * Decodes the bytes of tokens to text incrementally. A token may end inside a character, so incomplete bytes are held
 * back until the rest arrives: no piece of text ends in half a character or half a surrogate pair. Invalid UTF-8
 * becomes U+FFFD, as in `TextDecoder`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const detokenizer = new Detokenizer();
 * assert.equal(detokenizer.push(new Uint8Array([0x68, 0x69, 0xf0, 0x9f])), "hi");
 * assert.equal(detokenizer.pending, true);
 * assert.equal(detokenizer.push(new Uint8Array([0x98, 0x80])), "😀");
 * ```
 */
export class Detokenizer {
  // Byte order marks that a model generates are kept.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #held = new Uint8Array();

  /** Reads bytes. Returns the text that they complete. */
  push(bytes: Uint8Array): string {
    const all = new Uint8Array(this.#held.length + bytes.length);
    all.set(this.#held);
    all.set(bytes, this.#held.length);
    const complete = all.length - unfinishedLength(all);
    this.#held = all.slice(complete);
    return this.#decoder.decode(all.subarray(0, complete));
  }

  /** Whether bytes of an unfinished character are held back. */
  get pending(): boolean {
    return this.#held.length > 0;
  }

  /** Drops the bytes held back. Always returns `""`. */
  end(): string {
    this.#held = new Uint8Array();
    return "";
  }
}

/** The number of trailing bytes that form an incomplete, still valid character (Unicode 16, table 3-7). */
export function unfinishedLength(bytes: Uint8Array): number {
  const longest = Math.min(3, bytes.length);
  for (let length = 1; length <= longest; length++) {
    const lead = bytes[bytes.length - length]!;
    if (lead < 0x80) return 0;
    if (lead < 0xc0) continue;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    const needed = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length >= needed) return 0;
    return length === 1 || canFollow(lead, bytes[bytes.length - length + 1]!) ? length : 0;
  }
  return 0;
}

/** Whether a continuation byte may come second. Excludes overlong forms, surrogates and values above U+10FFFF. */
function canFollow(lead: number, second: number): boolean {
  switch (lead) {
    case 0xe0:
      return second >= 0xa0;
    case 0xed:
      return second < 0xa0;
    case 0xf0:
      return second >= 0x90;
    case 0xf4:
      return second < 0x90;
    default:
      return true;
  }
}
