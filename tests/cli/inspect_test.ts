import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { findOddities } from "../../src/cli/inspect/oddities.ts";
import { inspectModel } from "../../src/cli/inspect/inspection.ts";
import { SimdEngine } from "../../src/engine/simd/simd_engine.ts";
import { openWeights } from "../../src/checkpoint/open_weights.ts";
import { hasShared, shared } from "../shared.ts";
import { runTern } from "./run_tern.ts";

const TERN_7M = new URL("../../models/tern-7m", import.meta.url).pathname;

describe("tern inspect", () => {
  it("shows version, shapes, vocabulary, template, state and memory", async () => {
    const { code, stdout } = await runTern(["inspect", "tern-7m"]);
    assert.equal(code, 0);
    assert.match(stdout, /^version +RWKV-7, names: official$/m);
    assert.match(stdout, /^shape +6 layers, width 256, heads of 64$/m);
    assert.match(stdout, /^vocabulary +rwkv_world, 4096 tokens, vocab\.txt$/m);
    assert.match(stdout, /^state +406 kB for each conversation$/m);
    assert.match(stdout, /^ +int8 +20\.5 MB +fits$/m);
  });

  it("prints all of it as JSON", async () => {
    const { code, stdout } = await runTern(["inspect", TERN_7M, "--json"]);
    assert.equal(code, 0);
    const found = JSON.parse(stdout);
    assert.equal(found.version, "7");
    assert.equal(found.parameters, 7_320_832);
    assert.deepEqual(found.dtypes, { F16: 201 });
    assert.equal(found.suggested_weights, "f32");
    assert.deepEqual(
      found.memory.map(({ weights }: { weights: string }) => weights),
      ["f32", "bf16", "int8", "int4"],
    );
  });

  it("predicts the memory that the engine takes", async () => {
    const { memory } = await inspectModel(TERN_7M);
    for (const weights of ["f32", "int4"] as const) {
      const checkpoint = await openWeights(`${TERN_7M}/model.safetensors`);
      const grown: number[] = [];
      const grow = WebAssembly.Memory.prototype.grow;
      // The engine grows its memory once, by what it needs.
      WebAssembly.Memory.prototype.grow = function (pages) {
        grown.push(this.buffer.byteLength + pages * 65_536);
        return grow.call(this, pages);
      };
      try {
        await (await SimdEngine.load(checkpoint, { weights })).close();
      } finally {
        WebAssembly.Memory.prototype.grow = grow;
        checkpoint.close();
      }
      const { bytes } = memory.find((row) => row.weights === weights)!;
      assert.equal(grown[0], Math.ceil(bytes / 65_536) * 65_536);
    }
  });

  it("says what a GGUF file and a Hugging Face folder are", { ignore: !hasShared }, async () => {
    const found = await inspectModel(shared("conformance/formats/gguf/rwkv7-random-Q8_0.gguf"));
    assert.equal(found.version, "7");
    assert.equal(found.names, "gguf");
    const sharded = await inspectModel(shared("conformance/formats/hf/rwkv7-fla-sharded"));
    assert.equal(sharded.names, "fla");
  });
});

describe("findOddities", () => {
  const config = { version: "7", vocab_size: 65_536 };
  const look = (
    path: string,
    change: Readonly<Record<string, unknown>> = {},
    tensors: readonly [string, string, number[]][] = [["emb.weight", "BF16", [2, 2]]],
  ) =>
    findOddities(
      {
        model: { path },
        config,
        tensors: new Map(tensors.map(([name, dtype, shape]) => [name, { name, dtype, shape }])),
        metadata: undefined,
        tokens: 65_530,
        ...change,
      } as unknown as Parameters<typeof findOddities>[0],
    );

  it("finds nothing odd in a model as published", () => {
    assert.deepEqual(look("/models/rwkv7-g1d-0.1b-20260129-ctx8192.pth"), []);
    assert.deepEqual(look("/models/RWKV-x070-World-0.1B-v2.8-20241210-ctx4096.pth"), []);
  });

  it("finds a version that is not the name's", () => {
    const [sentence] = look("/models/RWKV-x060-World-1B6-v2.pth");
    assert.match(sentence!, /name says RWKV-6, but the tensors are RWKV-7/);
  });

  it("finds a type that is not the name's", () => {
    const metadata = new Map([["general.file_type", 18]]);
    const [sentence] = look("/rwkv7-g1b-2.9b-Q8_0.gguf", { metadata });
    assert.match(sentence!, /name says Q8_0, but the file's metadata Q6_K/);
    assert.deepEqual(look("/rwkv7-g1b-2.9b-Q6_K.gguf", { metadata }), []);
  });

  it("finds mixed types, padding and a merged state", () => {
    const sentences = look("/a.pth", { tokens: 60_000 }, [
      ["emb.weight", "F32", [2, 2]],
      ["head.weight", "F64", [2, 2]],
      ["blocks.0.att.time_state", "F32", [1, 2, 2]],
    ]);
    assert.equal(sentences.length, 4);
    assert.match(
      sentences.join(),
      /several types: F32, F64.*rounded.*5536 tokens more.*initial state/,
    );
  });
});
