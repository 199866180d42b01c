/** WebAssembly memory comes in pages of this size. */
const PAGE_BYTES = 65_536;
/** 4 GiB, which is what 32 bits can address. */
const MAX_PAGES = 65_536;
/** A cache line. Vectors want 16 bytes. */
const ALIGNMENT = 64;

/** The memory that a model needs is more than WebAssembly has, or than the host gives. */
export class OutOfMemoryError extends Error {
  override readonly name = "OutOfMemoryError";
  constructor(readonly bytes: number, cause?: unknown) {
    super(
      `The model needs ${(bytes / 2 ** 20).toFixed(0)} MiB of WebAssembly memory; ` +
        (bytes > MAX_PAGES * PAGE_BYTES ? "there can be 4096 MiB" : "there is not that much"),
      { cause },
    );
  }
}

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
    const pages = Math.ceil(this.bytes / PAGE_BYTES);
    if (pages > MAX_PAGES) throw new OutOfMemoryError(this.bytes);
    try {
      memory.grow(pages - memory.buffer.byteLength / PAGE_BYTES);
    } catch (cause) {
      throw new OutOfMemoryError(this.bytes, cause);
    }
  }
}
