import { OrtEngine } from "../../src/engine/ort/ort_engine.ts";
import { loadWebRuntime } from "../../src/engine/ort/web_runtime.ts";
import { engineSuite } from "./engine_suite.ts";
import { ortInt8Suite } from "./ort_int8_suite.ts";

const runtime = await loadWebRuntime();
engineSuite("OrtEngine", (checkpoint) => OrtEngine.load(checkpoint, runtime));
ortInt8Suite("OrtEngine", runtime, ["5.1", "5.2", "6", "7"]);
