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
    this.#take((pages) => memory.grow(pages - memory.buffer.byteLength / PAGE_BYTES));
  }

  /**
   * A memory that threads can share. It has to be said beforehand how large that may become: just large enough.
   *
   * @throws {OutOfMemoryError}
   */
  sharedMemory(): WebAssembly.Memory {
    return this.#take((pages) =>
      new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
    );
  }

  #take<Taken>(take: (pages: number) => Taken): Taken {
    if (this.bytes > MAX_MEMORY_BYTES) throw new OutOfMemoryError(this.bytes);
    try {
      return take(Math.ceil(this.bytes / PAGE_BYTES));
    } catch (cause) {
      throw new OutOfMemoryError(this.bytes, cause);
    }
  }
}
