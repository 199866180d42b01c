import { SHA256 } from "@stablelib/sha256";

const BLOCK_BYTES = 64;
const WORDS = 8;

/** Eight words of 32 bits, and the count of bytes as a 64-bit number. */
const SAVED_BYTES = WORDS * 4 + 8;

/**
 * Incremental SHA-256 whose state can be saved and continued by another process; Web Crypto takes all bytes at once.
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
  readonly #hash = new SHA256();
  #bytes = 0;

  /** Bytes hashed so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends bytes. */
  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  /** The hash of all bytes so far. More can be appended afterwards. */
  digest(): Uint8Array<ArrayBuffer> {
    const copy = new SHA256().restoreState(this.#hash.saveState());
    return new Uint8Array(copy.digest());
  }

  /** Serializes the state: at most 103 bytes. They are stored, so their form must not change. */
  save(): Uint8Array<ArrayBuffer> {
    const { state, buffer, bufferLength } = this.#hash.saveState();
    const saved = new Uint8Array(SAVED_BYTES + bufferLength);
    const view = new DataView(saved.buffer);
    for (const [i, word] of state.entries()) view.setInt32(4 * i, word);
    view.setBigUint64(4 * WORDS, BigInt(this.#bytes));
    if (buffer !== undefined) saved.set(buffer.subarray(0, bufferLength), SAVED_BYTES);
    return saved;
  }

  /**
   * Restores a saved state.
   *
   * @throws {RangeError} if the bytes are not a saved state
   */
  static restore(saved: Uint8Array): Sha256State {
    const view = new DataView(saved.buffer, saved.byteOffset, saved.byteLength);
    const words = Int32Array.from({ length: WORDS }, (_, i) => view.getInt32(4 * i));
    const bytes = Number(view.getBigUint64(4 * WORDS));
    const rest = saved.subarray(SAVED_BYTES);
    if (rest.length !== bytes % BLOCK_BYTES) {
      throw new RangeError(`${saved.length} bytes are not a saved state of SHA-256`);
    }
    const restored = new Sha256State();
    // The hash buffers an incomplete block.
    const buffer = new Uint8Array(BLOCK_BYTES);
    buffer.set(rest);
    restored.#hash.restoreState({
      state: words,
      buffer,
      bufferLength: rest.length,
      bytesHashed: bytes,
    });
    restored.#bytes = bytes;
    return restored;
  }
}
