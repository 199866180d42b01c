import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Engine } from "./engine.ts";
import type { WeightFormat } from "./simd/weight_format.ts";

/** What can run a model. */
export const ENGINES = ["ort", "simd"] as const;

/** How a model is to be run. */
export interface EngineOptions {
  readonly engine: (typeof ENGINES)[number];
  /** Threads of one operator. The SIMD engine has one. */
  readonly threads: number;
  /** What matrices are kept in. onnxruntime-web has fast kernels for float32 only. */
  readonly weights: WeightFormat;
}

/** onnxruntime-web was asked for weights that it has no fast kernels for. */
export class UnsupportedWeightsError extends Error {
  override readonly name = "UnsupportedWeightsError";
  constructor(readonly weights: WeightFormat) {
    super(`The engine on onnxruntime-web has no ${weights} weights; the SIMD engine has`);
  }
}

/** The SIMD engine was asked for more threads than it has. */
export class UnsupportedThreadsError extends Error {
  override readonly name = "UnsupportedThreadsError";
  constructor(readonly threads: number) {
    super(`The SIMD engine computes with one thread, not with ${threads}`);
  }
}

/**
 * Loads a model into an engine. The checkpoint may be closed afterwards.
 *
 * @throws {UnsupportedThreadsError}
 * @throws {UnsupportedWeightsError}
 * @throws what the engine throws
 */
export async function loadEngine(
  checkpoint: Checkpoint,
  { engine, threads, weights }: EngineOptions,
): Promise<Engine> {
  // Only the engine that is wanted is imported: onnxruntime takes longer to start than a small model.
  switch (engine) {
    case "ort": {
      if (weights !== "f32") throw new UnsupportedWeightsError(weights);
      const { OrtEngine } = await import("./ort/ort_engine.ts");
      return await OrtEngine.load(checkpoint, { threads });
    }
    case "simd": {
      if (threads !== 1) throw new UnsupportedThreadsError(threads);
      const { SimdEngine } = await import("./simd/simd_engine.ts");
      return await SimdEngine.load(checkpoint, { weights });
    }
  }
}
