import type * as Ort from "onnxruntime-web";
import { NativeRuntimeError } from "./native_runtime_error.ts";
import { type OrtRuntime, WEIGHTS_LOCATION } from "./runtime.ts";

/**
 * Not in deno.json, because `deno task` downloads what is there, and no literal in the import, because Deno downloads what
 * it can see there: a user who never asks for this never gets its 100 MB. The version is that of onnxruntime-web.
 */
export const NATIVE_PACKAGE: string = "npm:onnxruntime-node@1.30.0";

/**
 * Loads onnxruntime-node: onnxruntime as a native library, which takes what instructions the processor has.
 *
 * @throws {NativeRuntimeError} if it is not there or may not be loaded
 */
export async function loadNativeRuntime(): Promise<OrtRuntime> {
  const ort = await importPackage();
  return {
    version: `ort-node-${ort.env.versions.node}-${await processor()}`,
    Tensor: ort.Tensor,
    checkWeights() {},
    createSession: ({ model, weights, threads }) =>
      ort.InferenceSession.create(model, {
        executionProviders: ["cpu"],
        externalData: [{ path: WEIGHTS_LOCATION, data: weights }],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 3, // errors
      }),
  };
}

async function importPackage(): Promise<typeof Ort> {
  try {
    return await import(NATIVE_PACKAGE);
  } catch (cause) {
    throw new NativeRuntimeError(NATIVE_PACKAGE, cause);
  }
}

/** The order of float sums differs between processors, and with it the bits. */
async function processor(): Promise<string> {
  const { arch, cpus } = await import("node:os");
  const model = cpus()[0]?.model.trim() || "unknown";
  return `${arch()}-${model.replaceAll(/[^A-Za-z0-9.]+/g, "_")}`;
}
