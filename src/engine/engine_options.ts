import { WEIGHT_FORMATS } from "./simd/weight_format.ts";

/**
 * What can run a model: the SIMD engine, onnxruntime-web (`ort`) or onnxruntime-node (`native`). `auto` is the SIMD engine,
 * and onnxruntime-web where that cannot: shapes that its kernels do not take, or more threads than it has.
 */
export const ENGINES = ["auto", "simd", "ort", "native"] as const;

/** What matrices can be kept in. `auto` is what is best for the engine: float32 for `ort`, int8 for the others. */
export const WEIGHTS = ["auto", ...WEIGHT_FORMATS] as const;

/** How a model is to be run. */
export interface EngineOptions {
  readonly engine: (typeof ENGINES)[number];
  /** Threads of one operator. The SIMD engine has one. */
  readonly threads: number;
  /** What matrices are kept in. */
  readonly weights: (typeof WEIGHTS)[number];
}

/** onnxruntime was asked for weights that it has no fast kernels for. */
export class UnsupportedWeightsError extends Error {
  override readonly name = "UnsupportedWeightsError";
  constructor(readonly weights: EngineOptions["weights"]) {
    super(`The engines on onnxruntime have no ${weights} weights; the SIMD engine has`);
  }
}

/** The SIMD engine was asked for more threads than it has. */
export class UnsupportedThreadsError extends Error {
  override readonly name = "UnsupportedThreadsError";
  constructor(readonly threads: number) {
    super(`The SIMD engine computes with one thread, not with ${threads}`);
  }
}
