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
  /** Threads that compute together: {@linkcode MAX_SIMD_THREADS} at the most with the SIMD engine. */
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

/** Threads that the SIMD engine can divide its work among: as many as sequences side by side. */
export const MAX_SIMD_THREADS = 8;

/** The SIMD engine was asked for more threads than it can use. */
export class UnsupportedThreadsError extends Error {
  override readonly name = "UnsupportedThreadsError";
  constructor(readonly threads: number) {
    super(
      `The SIMD engine computes with ${MAX_SIMD_THREADS} threads at the most, not with ${threads}`,
    );
  }
}
