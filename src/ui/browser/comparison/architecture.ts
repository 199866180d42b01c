/** The sizes that the compared architectures share. */
export interface Sizes {
  readonly layers: number;
  /** D. */
  readonly width: number;
  /** N, the channels of a head. */
  readonly head: number;
}

/** The blocks of a model, without embedding and output, which are the same for all. */
export interface Blocks {
  /** The number of weights in matrices. */
  readonly parameters: number;
  /** Reads a token: replaces its embedding x `[D]` by the output of the blocks. */
  step(x: Float32Array): void;
  /** The number of bytes that hold what was read. */
  held(): number;
}

/** The compared architectures, in the order of the figures. */
export const ARCHITECTURES = ["Transformer", "RWKV-4", "RWKV-7"] as const;

/** A compared architecture. */
export type Architecture = (typeof ARCHITECTURES)[number];
