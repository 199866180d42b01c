import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { z } from "zod";
import { RandomCheckpoint } from "../../scripts/bench/random_checkpoint.ts";
import { DEV_CONFIG } from "../../scripts/dev_config.ts";
import type { EngineOptions } from "../../src/engine/engine_options.ts";
import { loadEngine } from "../../src/engine/load_engine.ts";
import { NATIVE_PACKAGE } from "../../src/engine/ort/native_runtime.ts";
import { WEB_PACKAGE } from "../../src/engine/ort/web_runtime.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";

const SIZES = { V: 40, D: 48, F: 64, H: 2, N: 24, dw: 8, da: 8, dv: 8, dg: 8 } as const;
const DEFAULTS: EngineOptions = { engine: "auto", weights: "auto", threads: 1 };

/** Heads of 12 channels, which the kernels do not take. */
const ODD_HEADS = { ...SIZES, H: 4, N: 12 };

async function load(sizes: Record<string, number>, options: Partial<EngineOptions> = {}) {
  const reasons: string[] = [];
  const engine = await loadEngine(new RandomCheckpoint({ version: "7", n_layer: 2, sizes }), {
    ...DEFAULTS,
    ...options,
    onFallback: (reason) => reasons.push(reason.message),
  });
  const state = RecurrentState.empty(engine.layout);
  const [result] = await engine.forward([{ state, tokens: [1, 2] }]);
  assert.ok(result!.logits.every(Number.isFinite));
  await engine.close();
  return { engine: engine.fingerprint.split("/").slice(1).join("/"), reasons };
}

describe("loadEngine", () => {
  it("takes the SIMD engine with int8 weights by itself, and others if they are asked for", async () => {
    assert.match((await load(SIZES)).engine, /^simd-.*\/int8$/);
    assert.match((await load(SIZES, { weights: "f32" })).engine, /^simd-.*\/f32$/);
    assert.match((await load(SIZES, { engine: "simd" })).engine, /^simd-.*\/int8$/);
    assert.match((await load(SIZES, { engine: "ort" })).engine, /^ort-[\d.]+\/f32$/);
    assert.match((await load(SIZES, { engine: "ort", weights: "int8" })).engine, /^ort-.*\/int8$/);
    assert.deepEqual((await load(SIZES)).reasons, []);
  });

  it("takes onnxruntime-web for what the SIMD engine cannot do, and says why", async () => {
    const shape = await load(ODD_HEADS);
    assert.match(shape.engine, /^ort-.*\/f32$/);
    assert.deepEqual(shape.reasons, ["head_size is 12; the SIMD engine needs a multiple of 8"]);
  });

  it("does not take another engine, or other weights, than were asked for", async () => {
    await assert.rejects(load(ODD_HEADS, { engine: "simd" }), { name: "UnsupportedShapeError" });
    await assert.rejects(load(ODD_HEADS, { weights: "int8" }), { name: "UnsupportedShapeError" });
  });
});

describe("the module graph", () => {
  const specifiers = async (entry: string): Promise<string[]> => {
    const path = new URL(`../../src/${entry}`, import.meta.url).pathname;
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", path] })
      .output();
    const { modules } = z.object({ modules: z.array(z.object({ specifier: z.string() })) })
      .parse(JSON.parse(new TextDecoder().decode(stdout)));
    assert.ok(modules.length > 20);
    return modules.map(({ specifier }) => specifier);
  };

  it("of the SIMD engine has nothing of onnxruntime", async () => {
    const modules = await specifiers("engine/simd/simd_engine.ts");
    assert.deepEqual(modules.filter((specifier) => /onnx/.test(specifier)), []);
  });

  it("has neither build of onnxruntime: each is downloaded when it is first used", async () => {
    for (const entry of ["main.ts", "worker.ts", "engine/worker_main.ts"]) {
      const modules = await specifiers(entry);
      assert.deepEqual(modules.filter((specifier) => /onnxruntime-/.test(specifier)), []);
    }
  });

  it("has the same version of both builds", async () => {
    const config = await Deno.readTextFile(DEV_CONFIG);
    const version = /npm:onnxruntime-web@([\d.]+)/.exec(config)?.[1];
    assert.equal(WEB_PACKAGE, `npm:onnxruntime-web@${version}`);
    assert.equal(NATIVE_PACKAGE, `npm:onnxruntime-node@${version}`);
  });
});
