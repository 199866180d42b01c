import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { readTimeStates } from "../checkpoint/read_time_states.ts";
import type { Engine } from "./engine.ts";
import {
  type EngineOptions,
  MAX_SIMD_THREADS,
  UnsupportedThreadsError,
  UnsupportedWeightsError,
} from "./engine_options.ts";
import { ORT_WEIGHT_FORMATS, type OrtWeightFormat } from "./ort/weight_format.ts";
import { WEIGHT_FORMATS } from "./simd/weight_format.ts";
import { UnsupportedShapeError } from "./simd/unsupported_shape_error.ts";

/** What {@linkcode loadEngine} can be told besides what to load. */
export interface LoadEngineOptions extends EngineOptions {
  /** Called if `auto` has to take onnxruntime-web, with the reason. */
  readonly onFallback?: (reason: Error) => void;
  /** Called if the SIMD engine has to compute with one thread though more were asked for, with the reason. */
  readonly onAlone?: (reason: Error) => void;
}

/**
 * Loads a model into an engine. The checkpoint may be closed afterwards.
 *
 * With `auto`, a model that the SIMD engine cannot take goes to onnxruntime-web, unless weights were asked for that it
 * does not have. Too little memory is no reason to: onnxruntime-web needs more.
 *
 * @throws {UnsupportedThreadsError}
 * @throws {UnsupportedWeightsError}
 * @throws {NativeRuntimeError}
 * @throws {WebRuntimeError}
 * @throws what the engine throws
 */
export async function loadEngine(
  checkpoint: Checkpoint,
  options: LoadEngineOptions,
): Promise<Engine> {
  const engine = await load(checkpoint, options);
  try {
    const initialState = await readTimeStates(checkpoint, engine.layout);
    return initialState === undefined ? engine : Object.assign(engine, { initialState });
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function load(
  checkpoint: Checkpoint,
  { engine, onFallback, ...options }: LoadEngineOptions,
): Promise<Engine> {
  switch (engine) {
    case "ort":
      return await loadOrt(checkpoint, options);
    case "native":
      return await loadNative(checkpoint, options);
    case "simd":
      return await loadSimd(checkpoint, options);
    case "auto":
      try {
        return await loadSimd(checkpoint, options);
      } catch (reason) {
        const isUnsupported = reason instanceof UnsupportedShapeError ||
          reason instanceof UnsupportedThreadsError;
        // Who asked for int8 wants it small and fast, which onnxruntime-web is not.
        const isFloat = options.weights === "auto" || options.weights === "f32";
        if (!isUnsupported || !isFloat) throw reason;
        onFallback?.(reason);
        return await loadOrt(checkpoint, options);
      }
  }
}

type Options = Omit<LoadEngineOptions, "engine" | "onFallback">;

// Only the engine that is wanted is imported: onnxruntime alone takes longer to start than a small model.

async function loadSimd(
  checkpoint: Checkpoint,
  { weights, ...options }: Options,
): Promise<Engine> {
  if (options.threads > MAX_SIMD_THREADS) throw new UnsupportedThreadsError(options.threads);
  const { SimdEngine } = await import("./simd/simd_engine.ts");
  const packed = WEIGHT_FORMATS.find((format) => format === checkpoint.packed?.weights);
  const format = weights === "auto" ? packed ?? "int8" : weights;
  return await SimdEngine.load(checkpoint, { ...options, weights: format });
}

async function loadOrt(checkpoint: Checkpoint, options: Options): Promise<Engine> {
  const weights = ortWeights(options, "f32");
  const { loadWebRuntime } = await import("./ort/web_runtime.ts");
  const runtime = await loadWebRuntime();
  const { OrtEngine } = await import("./ort/ort_engine.ts");
  return await OrtEngine.load(checkpoint, runtime, { threads: options.threads, weights });
}

async function loadNative(checkpoint: Checkpoint, options: Options): Promise<Engine> {
  const weights = ortWeights(options, "int8");
  const { loadNativeRuntime } = await import("./ort/native_runtime.ts");
  const runtime = await loadNativeRuntime();
  const { OrtEngine } = await import("./ort/ort_engine.ts");
  return await OrtEngine.load(checkpoint, runtime, { threads: options.threads, weights });
}

function ortWeights({ weights }: Options, best: OrtWeightFormat): OrtWeightFormat {
  if (weights === "auto") return best;
  const format = ORT_WEIGHT_FORMATS.find((format) => format === weights);
  if (format === undefined) throw new UnsupportedWeightsError(weights);
  return format;
}
