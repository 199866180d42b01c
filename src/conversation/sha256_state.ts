/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. Source: FIPS 180-4, 4.2.2. */
const K = Uint32Array.from(primes(64), (prime) => fraction(Math.cbrt(prime)));

/** The same of the square roots of the first eight. Source: FIPS 180-4, 5.3.3. */
const INITIAL = Uint32Array.from(primes(8), (prime) => fraction(Math.sqrt(prime)));

const BLOCK_BYTES = 64;

/** Eight words, and the count of bytes as a number of 64 bits. */
const SAVED_BYTES = 8 * 4 + 8;

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    if (found.every((prime) => n % prime !== 0)) found.push(n);
  }
  return found;
}

function fraction(root: number): number {
  return Math.floor((root % 1) * 2 ** 32);
}

/**
 * SHA-256 of bytes that come in pieces, which another process may go on with: Web Crypto wants all at once, and no
 * library that runs everywhere gives out what it holds in between.
 *
 * @see https://csrc.nist.gov/pubs/fips/180-4/upd1/final
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const bytes = new TextEncoder().encode("abc");
 * const first = new Sha256State();
 * first.update(bytes.subarray(0, 1));
 * const second = Sha256State.restore(first.save());
 * second.update(bytes.subarray(1));
 * assert.match(second.digest().toHex(), /^ba7816bf8f01cfea/);
 * ```
 */
export class Sha256State {
  readonly #words = INITIAL.slice();
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #bytes = 0;

  /** Bytes so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds bytes. */
  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const filled = this.#bytes % BLOCK_BYTES;
      const piece = bytes.subarray(at, at + BLOCK_BYTES - filled);
      this.#block.set(piece, filled);
      this.#bytes += piece.length;
      at += piece.length;
      if (this.#bytes % BLOCK_BYTES === 0) compress(this.#words, this.#block);
    }
  }

  /** The hash of all bytes so far, to which more may be added. */
  digest(): Uint8Array<ArrayBuffer> {
    const last = Sha256State.restore(this.save());
    const length = this.#bytes;
    const zeros = (BLOCK_BYTES + 55 - length % BLOCK_BYTES) % BLOCK_BYTES;
    const padding = new Uint8Array(1 + zeros + 8);
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(1 + zeros, BigInt(length) * 8n);
    last.update(padding);
    return toBytes(last.#words);
  }

  /** What it takes to go on: at most 104 bytes. */
  save(): Uint8Array<ArrayBuffer> {
    const rest = this.#bytes % BLOCK_BYTES;
    const saved = new Uint8Array(SAVED_BYTES + rest);
    saved.set(toBytes(this.#words));
    new DataView(saved.buffer).setBigUint64(32, BigInt(this.#bytes));
    saved.set(this.#block.subarray(0, rest), SAVED_BYTES);
    return saved;
  }

  /**
   * Goes on from what was saved.
   *
   * @throws {RangeError} if it is nothing that was.
   */
  static restore(saved: Uint8Array): Sha256State {
    const state = new Sha256State();
    const view = new DataView(saved.buffer, saved.byteOffset, saved.byteLength);
    for (let i = 0; i < 8; i++) state.#words[i] = view.getUint32(4 * i);
    state.#bytes = Number(view.getBigUint64(32));
    const rest = saved.subarray(SAVED_BYTES);
    if (rest.length !== state.#bytes % BLOCK_BYTES) {
      throw new RangeError(`${saved.length} bytes are no saved state of SHA-256`);
    }
    state.#block.set(rest);
    return state;
  }
}

function toBytes(words: Uint32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word);
  return bytes;
}

const rotate = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

/** Source: FIPS 180-4, 6.2.2; the names of the variables are those used there. */
function compress(H: Uint32Array, block: Uint8Array): void {
  const view = new DataView(block.buffer, block.byteOffset, BLOCK_BYTES);
  const W = new Uint32Array(64);
  for (let t = 0; t < 16; t++) W[t] = view.getUint32(4 * t);
  for (let t = 16; t < 64; t++) {
    const x = W[t - 15]!;
    const y = W[t - 2]!;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    W[t] = W[t - 16]! + s0 + W[t - 7]! + s1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = H;
  for (let t = 0; t < 64; t++) {
    const S1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const T1 = (h + S1 + ((e & f) ^ (~e & g)) + K[t]! + W[t]!) | 0;
    const S0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const T2 = (S0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + T1) | 0;
    d = c;
    c = b;
    b = a;
    a = (T1 + T2) | 0;
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) H[i] = H[i]! + word;
}
