import { MAX_MEMORY_BYTES, OutOfMemoryError } from "./out_of_memory_error.ts";

/** WebAssembly memory comes in pages of this size. */
const PAGE_BYTES = 65_536;
/** A cache line. Vectors want 16 bytes. */
const ALIGNMENT = 64;

/** Gives out addresses, one after the other. Nothing is taken from the host before all are known. */
export class Arena {
  /** Bytes up to the end of what was given out. Address 0 stays unused. */
  bytes = ALIGNMENT;

  /** An address for so many bytes. */
  take(bytes: number): number {
    const address = this.bytes;
    this.bytes += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return address;
  }

  /**
   * Makes the memory large enough.
   *
   * @throws {OutOfMemoryError} with the memory as it was
   */
  commit(memory: WebAssembly.Memory): void {
    if (this.bytes > MAX_MEMORY_BYTES) throw new OutOfMemoryError(this.bytes);
    const pages = Math.ceil(this.bytes / PAGE_BYTES);
    try {
      memory.grow(pages - memory.buffer.byteLength / PAGE_BYTES);
    } catch (cause) {
      throw new OutOfMemoryError(this.bytes, cause);
    }
  }
}
