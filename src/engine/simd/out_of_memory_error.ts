/** 4 GiB, which is what 32 bits can address. */
export const MAX_MEMORY_BYTES = 2 ** 32;

/** The memory that a model needs is more than WebAssembly has, or than the host gives. */
export class OutOfMemoryError extends Error {
  override readonly name = "OutOfMemoryError";
  constructor(readonly bytes: number, cause?: unknown) {
    super(
      `The model needs ${(bytes / 2 ** 20).toFixed(0)} MiB of WebAssembly memory; ` +
        (bytes > MAX_MEMORY_BYTES ? "there can be 4096 MiB" : "there is not that much"),
      { cause },
    );
  }
}
