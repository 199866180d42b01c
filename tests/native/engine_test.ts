import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { loadNativeRuntime } from "../../src/engine/ort/native_runtime.ts";
import { NativeRuntimeError } from "../../src/engine/ort/native_runtime_error.ts";
import { OrtEngine } from "../../src/engine/ort/ort_engine.ts";
import type { OrtRuntime } from "../../src/engine/ort/runtime.ts";
import { refusal } from "../scripts/run_script.ts";
import { engineSuite } from "../engine/engine_suite.ts";
import { ortInt8Suite } from "../engine/ort_int8_suite.ts";

const runtime = await loadIfThere();
if (runtime !== undefined) {
  engineSuite("OrtEngine, native", (checkpoint) => OrtEngine.load(checkpoint, runtime));
  ortInt8Suite("OrtEngine, native", runtime, ["7"]);
}

async function loadIfThere(): Promise<OrtRuntime | undefined> {
  try {
    return await loadNativeRuntime();
  } catch (error) {
    if (!(error instanceof NativeRuntimeError)) throw error;
    console.warn(`SKIPPED: the tests of the engine native. ${error.message}`);
    return undefined;
  }
}

describe("loadNativeRuntime", () => {
  it("says what to do where a native library may not be loaded", async () => {
    const folder = new URL("../../models/tern-7m", import.meta.url).pathname;
    const message = await refusal(
      "logits.ts",
      ["--model", folder, "--mode", "step", "--engine", "native"],
      "[1]",
      ["--no-lock", "--no-prompt", "--allow-read", "--allow-env", "--allow-sys"],
    );
    assert.match(message, /^The engine native needs npm:onnxruntime-node/m);
    assert.match(message, /--allow-ffi .*deno task start-native/);
  });
});
