import { OrtEngine } from "../../src/engine/ort/ort_engine.ts";
import { webRuntime } from "../../src/engine/ort/web_runtime.ts";
import { engineSuite } from "./engine_suite.ts";
import { ortInt8Suite } from "./ort_int8_suite.ts";

engineSuite("OrtEngine", (checkpoint) => OrtEngine.load(checkpoint, webRuntime));
ortInt8Suite("OrtEngine", webRuntime, ["5.1", "5.2", "6", "7"]);
