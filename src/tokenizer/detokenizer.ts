/**
 * Turns the bytes of tokens into text as they come. A token may end inside a character, so its last bytes are held back
 * until the rest is there: no piece of text ever ends in half a character, nor in half a surrogate pair. Bytes that are
 * no UTF-8 become U+FFFD, as `TextDecoder` does it.
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
  // A byte order mark that a model writes is text like any other.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #held = new Uint8Array();

  /** The text that these bytes complete. */
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

  /** Drops what is unfinished, which leaves no text: always `""`. */
  end(): string {
    this.#held = new Uint8Array();
    return "";
  }
}

/** How many bytes at the end begin a character that more bytes could finish (Unicode 16, table 3-7). */
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

/** Whether a continuation byte may stand second: not in overlong forms, surrogates and above U+10FFFF. */
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
