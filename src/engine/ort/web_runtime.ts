import * as ort from "onnxruntime-web";
import { MAX_WEIGHT_BYTES, ModelTooLargeError } from "./model_too_large_error.ts";
import { type OrtRuntime, type SessionParts, WEIGHTS_LOCATION } from "./runtime.ts";

/** onnxruntime-web: onnxruntime compiled to WebAssembly. */
export const webRuntime: OrtRuntime = {
  version: `ort-${ort.env.versions.web}`,
  Tensor: ort.Tensor,
  checkWeights(bytes) {
    if (bytes > MAX_WEIGHT_BYTES) throw new ModelTooLargeError(bytes);
  },
  createSession,
};

async function createSession(
  { model, weights, threads }: SessionParts,
): Promise<ort.InferenceSession> {
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
