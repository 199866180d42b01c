import type * as Ort from "onnxruntime-web";
import { MAX_WEIGHT_BYTES, ModelTooLargeError } from "./model_too_large_error.ts";
import { type OrtRuntime, type SessionParts, WEIGHTS_LOCATION } from "./runtime.ts";
import { WebRuntimeError } from "./web_runtime_error.ts";

/**
 * Its 140 MB are downloaded when this engine is first used. That is why it is not in the root deno.json (Deno downloads
 * all that is there), and why its import has no literal (Deno downloads what it finds in literals).
 */
export const WEB_PACKAGE: string = "npm:onnxruntime-web@1.30.0";

/**
 * Loads onnxruntime-web: onnxruntime compiled to WebAssembly.
 *
 * @throws {WebRuntimeError} if it cannot be loaded
 */
export async function loadWebRuntime(): Promise<OrtRuntime> {
  const ort = await importPackage();
  return {
    version: `ort-${ort.env.versions.web}`,
    Tensor: ort.Tensor,
    checkWeights(bytes) {
      if (bytes > MAX_WEIGHT_BYTES) throw new ModelTooLargeError(bytes);
    },
    createSession: (parts) => createSession(ort, parts),
  };
}

async function importPackage(): Promise<typeof Ort> {
  try {
    return await import(WEB_PACKAGE);
  } catch (cause) {
    throw new WebRuntimeError(WEB_PACKAGE, cause);
  }
}

async function createSession(
  ort: typeof Ort,
  { model, weights, threads }: SessionParts,
): Promise<Ort.InferenceSession> {
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  // Where there is a `process`, onnxruntime-web puts Node's Worker in the place of the web's for all of us.
  const { Worker } = globalThis;
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: ["wasm"],
      externalData: [{ path: WEIGHTS_LOCATION, data: weights }],
    });
  } finally {
    globalThis.Worker = Worker;
  }
}
