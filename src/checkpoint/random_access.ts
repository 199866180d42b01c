import { TruncatedFileError } from "./checkpoint_error.ts";

/** Bytes that can be read anywhere, so that a file of many gigabytes is never read whole. */
export interface RandomAccess {
  /** The number of bytes. */
  readonly size: number;

  /**
   * Reads exactly `length` bytes into an array of the caller's own, which starts its buffer. Reads may overlap in time.
   *
   * @throws {TruncatedFileError} When the bytes are not all there. Nothing is allocated for them then.
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;

  /**
   * Fills an array, so that what is large need not be in memory twice.
   *
   * @throws {TruncatedFileError} When the bytes are not all there. The array may have changed.
   */
  readInto(offset: number, into: Uint8Array<ArrayBuffer>): Promise<void>;

  /** Releases what is held. Nothing can be read afterwards. */
  close(): void;
}

/**
 * Checks that a range lies inside a file, before anything is allocated for it.
 *
 * @throws {TruncatedFileError} When it does not.
 */
export function assertInside(file: string, offset: number, length: number, size: number): void {
  const isRange = Number.isSafeInteger(offset) && Number.isSafeInteger(length) &&
    offset >= 0 && length >= 0;
  if (!isRange || length > size - offset) throw new TruncatedFileError(file, offset, length, size);
}

/**
 * Bytes in memory as a {@linkcode RandomAccess}.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const source = bytesSource(new Uint8Array([1, 2, 3, 4]));
 * assert.deepEqual(await source.read(1, 2), new Uint8Array([2, 3]));
 * await assert.rejects(source.read(3, 2), { name: "TruncatedFileError" });
 * ```
 */
export function bytesSource(bytes: Uint8Array, name = "bytes"): RandomAccess {
  return {
    size: bytes.byteLength,
    // An async function, so that a range that is not there rejects and does not throw.
    async read(offset, length) {
      await Promise.resolve();
      assertInside(name, offset, length, bytes.byteLength);
      return new Uint8Array(bytes.subarray(offset, offset + length));
    },
    async readInto(offset, into) {
      await Promise.resolve();
      assertInside(name, offset, into.byteLength, bytes.byteLength);
      into.set(bytes.subarray(offset, offset + into.byteLength));
    },
    close() {},
  };
}
