/** Every kind of text that a tokenizer or a stream may trip over. */
const TEXT_PIECES: readonly ((fuzz: Fuzz) => string)[] = [
  (fuzz) => String.fromCharCode(fuzz.below(0x80)),
  (fuzz) => String.fromCharCode(0x20 + fuzz.below(0x5f)).repeat(1 + fuzz.below(5)),
  (fuzz) =>
    fuzz.pick([" ", "\n", "\r\n", "\t", "\0", "\u0085", "\u00a0", "\ufeff"]).repeat(
      1 + fuzz.below(30),
    ),
  (fuzz) =>
    fuzz.pick(["the ", "I'll", " User:", "\n\n", "1234567890", "<|endoftext|>", "<|padding|>"]),
  (fuzz) => String.fromCodePoint(0x80 + fuzz.below(0x780)),
  (fuzz) => String.fromCodePoint(0x4e00 + fuzz.below(0x5000)),
  (fuzz) => String.fromCodePoint(0x1f300 + fuzz.below(0x400)),
  (fuzz) => fuzz.pick(["👩‍👩‍👧‍👦", "🇫🇷", "e\u0301", "한국어", "नमस्ते", "\u{10ffff}", "\ufffd"]),
  (fuzz) => String.fromCharCode(0xd800 + fuzz.below(0x800)),
  (fuzz) => String.fromCodePoint(fuzz.below(0x110000)),
];

/**
 * A source of random test data. It prints its seed; set the environment variable `SEED` to that number to see the same
 * run again.
 */
export class Fuzz {
  #state: number;

  constructor(test: string) {
    this.#state = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 32));
    console.log(`${test}: SEED=${this.#state}`);
  }

  /** A number in [0, 1): the generator mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let word = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** A normally distributed number. */
  gaussian(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** Text of every kind, controls, emoji and lone surrogates among it. */
  text(pieces: number): string {
    return Array.from({ length: pieces }, () => this.pick(TEXT_PIECES)(this)).join("");
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}
