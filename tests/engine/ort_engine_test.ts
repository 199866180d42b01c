import { OrtEngine } from "../../src/engine/ort/ort_engine.ts";
import { engineSuite } from "./engine_suite.ts";

engineSuite("OrtEngine", (checkpoint) => OrtEngine.load(checkpoint));
