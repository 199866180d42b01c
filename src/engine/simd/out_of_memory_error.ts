/** 4 GiB, which is what 32 bits can address. */
export const MAX_MEMORY_BYTES = 2 ** 32;

/** What a model would need with other weights. */
interface Alternative {
  readonly weights: string;
  readonly bytes: number;
}

/** The memory that a model needs is more than WebAssembly has, or than the host gives. */
export class OutOfMemoryError extends Error {
  override readonly name = "OutOfMemoryError";
  /**
   * @param bytes What the model needs.
   * @param alternatives Weights that need less, if that is known.
   */
  constructor(
    readonly bytes: number,
    cause?: unknown,
    readonly alternatives?: readonly Alternative[],
  ) {
    const limit = bytes > MAX_MEMORY_BYTES ? "there can be 4096 MiB" : "there is not that much";
    super(
      `The model needs ${mebibytes(bytes)} of WebAssembly memory; ${limit}` +
        (alternatives === undefined ? "" : `. ${remedy(alternatives)}`),
      { cause },
    );
  }
}

function remedy(alternatives: readonly Alternative[]): string {
  const fitting = alternatives.filter(({ bytes }) => bytes <= MAX_MEMORY_BYTES);
  if (fitting.length === 0) {
    return "No type of weights fits: TERN_ENGINE=native has no such limit (deno task start-native)";
  }
  const list = fitting.map(({ weights, bytes }) => `${weights} (${mebibytes(bytes)})`);
  return `Weights that need less: ${list.join(", ")}. Set TERN_WEIGHTS=${fitting[0]!.weights}`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
