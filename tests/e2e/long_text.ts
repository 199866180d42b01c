import { seededRandom } from "../state/random_state.ts";

const WORDS =
  "the a bird flew over sea and land to see its nest where cold wind blows in spring naïve 🐦"
    .split(" ");

/** Bytes of a line, its end included. */
const LINE_BYTES = 64;

const encoder = new TextEncoder();

/** A line of words, the same for the same number. */
function line(n: number): Uint8Array {
  const random = seededRandom(n);
  const bytes = new Uint8Array(LINE_BYTES).fill(0x2e);
  let at = 0;
  for (;;) {
    const word = encoder.encode(`${WORDS[Math.floor(random() * WORDS.length)]} `);
    if (at + word.length >= LINE_BYTES) break;
    bytes.set(word, at);
    at += word.length;
  }
  bytes[LINE_BYTES - 1] = 0x0a;
  return bytes;
}

/**
 * A text of any length that is nowhere as a whole, from a byte on. It is made as it is taken.
 *
 * @param onTaken told of how many bytes were taken
 */
export function longText(
  bytes: number,
  offset = 0,
  onTaken: (bytes: number) => void = () => {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const LINES = 64;
  let at = offset;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes) return controller.close();
      const first = Math.floor(at / LINE_BYTES);
      const block = new Uint8Array(LINES * LINE_BYTES);
      for (let i = 0; i < LINES; i++) block.set(line(first + i), i * LINE_BYTES);
      const start = first * LINE_BYTES;
      const piece = block.slice(at - start, Math.min(block.length, bytes - start));
      at += piece.length;
      onTaken(at - offset);
      controller.enqueue(piece);
    },
  }, { highWaterMark: 0 });
}
