import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import { type ModelShape, RandomCheckpoint } from "../../scripts/bench/random_checkpoint.ts";
import { VARIANTS } from "../../scripts/bench/job.ts";
import { DEV_CONFIG } from "../../scripts/dev_config.ts";
import { markdownTables } from "../../scripts/bench/markdown.ts";
import { quantile, type Series, summarize } from "../../scripts/bench/series.ts";
import { OrtEngine } from "../../src/engine/ort/ort_engine.ts";
import { loadWebRuntime } from "../../src/engine/ort/web_runtime.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";

const SCRIPT = new URL("../../scripts/bench.ts", import.meta.url).pathname;

const resultsSchema = z.array(z.strictObject({
  bench: z.string(),
  engine: z.enum(["ort", "native", "simd", "none"]),
  weights: z.enum(["f32", "bf16", "int8", "int4"]),
  model: z.literal("tern-7m"),
  threads: z.literal(1),
  batch: z.literal(1),
  median: z.number().positive(),
  p10: z.number().positive(),
  to_ort: z.number().positive().nullable(),
  unit: z.string(),
}));

async function bench(...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", DEV_CONFIG, SCRIPT, ...args],
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

describe("deno task bench", () => {
  it("prints a row for each result that it writes to the file", async () => {
    const file = await Deno.makeTempFile();
    try {
      const { code, stdout, stderr } = await bench("--only", "decode", "--quick", "--json", file);
      assert.equal(code, 0, stderr);
      const results = resultsSchema.parse(JSON.parse(await Deno.readTextFile(file)));
      for (const { engine, weights } of VARIANTS) {
        const own = results.filter((result) =>
          result.engine === engine && result.weights === weights
        );
        // onnxruntime-node may not be there.
        if (engine === "native" && own.length === 0) continue;
        assert.deepEqual(own.map(({ bench, unit }) => `${bench}: ${unit}`), [
          "decode: tokens/s",
          "decode, peak memory: MB",
        ]);
      }
      const limits = results.filter(({ engine }) => engine === "none");
      assert.deepEqual(limits.map(({ weights }) => weights), ["f32", "int8", "bf16", "int4"]);
      const [table, ...markdown] = stdout.trimEnd().split("\n\n");
      const rows = table!.split("\n").slice(1);
      assert.equal(rows.length, results.length);
      for (const [i, { bench }] of results.entries()) assert.ok(rows[i]!.startsWith(bench));
      assert.equal(markdown.length, 2);
    } finally {
      await Deno.remove(file);
    }
  });

  it("refuses what it does not know", async () => {
    const { code, stderr } = await bench("--only", "sleep");
    assert.equal(code, 2);
    assert.match(
      stderr,
      /--only must be one of cold start, load, decode, prefill, beside, threads, long, http, streams, durability/,
    );
    assert.equal((await bench("--loud")).code, 2);
  });
});

describe("summarize", () => {
  const series: Series = {
    bench: "load",
    engine: "ort",
    weights: "f32",
    model: "tern-7m",
    threads: 1,
    batch: 1,
    unit: "ms",
    samples: [1],
  };

  it("joins the samples of processes that measured the same", () => {
    const { samples: _, ...what } = series;
    assert.deepEqual(
      summarize([series, { ...series, batch: 2 }, { ...series, samples: [3] }]),
      [
        { ...what, median: 2, p10: 1.2, to_ort: 1 },
        { ...what, batch: 2, median: 1, p10: 1, to_ort: 1 },
      ],
    );
  });

  it("compares with onnxruntime-web where that was measured", () => {
    const simd: Series = { ...series, engine: "simd", samples: [3] };
    const ratios = (all: Series[]) => summarize(all).map(({ to_ort }) => to_ort);
    assert.deepEqual(ratios([series, simd, { ...simd, batch: 2 }]), [1, 3, null]);
    assert.deepEqual(ratios([series, { ...simd, engine: "none" }]), [1, null]);
  });

  it("interpolates between neighbours, whatever the order", () => {
    assert.equal(quantile([4, 10, 3, 2], 0.5), 3.5);
    assert.equal(quantile([4, 10, 3], 0), 3);
    assert.equal(quantile([4, 10, 3], 1), 10);
  });
});

describe("markdownTables", () => {
  const result = (engine: Series["engine"], weights: Series["weights"], median: number) => ({
    ...{ bench: "decode", engine, weights, model: "tern-7m", threads: 1, batch: 1 },
    ...{ median, p10: median, unit: "tokens/s", to_ort: engine === "none" ? null : median / 500 },
  });

  it("has a column for each engine, ratios to the first, and to the best of others", () => {
    const tables = markdownTables([
      result("ort", "f32", 500),
      result("ort", "int8", 600),
      { ...result("none", "f32", 1234.5), bench: "decode, memory limit" },
      { ...result("none", "int8", 4000), bench: "decode, memory limit" },
      result("native", "f32", 1000),
      result("simd", "int8", 1500),
    ]);
    const lines = [
      "| tern-7m                             | onnxruntime-web f32 | onnxruntime-web int8 | onnxruntime-node f32 | simd int8  |",
      "| ----------------------------------- | ------------------- | -------------------- | -------------------- | ---------- |",
      "| decode, tokens/s                    | 500                 | 600 (1.2)            | 1000 (2.0)           | 1500 (3.0) |",
      "| limit by memory bandwidth, tokens/s | 1235                | 4000                 | 1235                 | 4000       |",
      "",
      "| tern-7m: simd int8 to the best of | onnxruntime-web | onnxruntime-node |",
      "| --------------------------------- | --------------- | ---------------- |",
      "| decode                            | 2.50            | 1.50             |",
    ];
    assert.equal(tables, lines.join("\n"));
  });

  it("leaves out what was not measured", () => {
    assert.equal(markdownTables([]), "");
    const http = { ...result("simd", "int8", 1), bench: "http" };
    assert.equal(markdownTables([http]), "");
  });
});

describe("RandomCheckpoint", () => {
  const shape: ModelShape = {
    version: "7",
    n_layer: 2,
    sizes: { V: 300, D: 64, F: 128, H: 2, N: 32, dw: 8, da: 8, dv: 8, dg: 16 },
  };

  it("gives the same tensor each time, and another under another name", async () => {
    const checkpoint = new RandomCheckpoint(shape);
    const key = await checkpoint.read("blocks.0.att.key.weight");
    assert.equal(key.length, 64 * 64 * 2);
    assert.deepEqual(await new RandomCheckpoint(shape).read("blocks.0.att.key.weight"), key);
    assert.notDeepEqual(await checkpoint.read("blocks.1.att.key.weight"), key);
    await assert.rejects(checkpoint.read("absent"), { name: "MissingTensorError" });
  });

  it("is a model whose logits stay finite", async () => {
    const engine = await OrtEngine.load(new RandomCheckpoint(shape), await loadWebRuntime());
    try {
      const tokens = Array.from({ length: 200 }, (_, i) => i);
      const [result] = await engine.forward([{
        state: RecurrentState.empty(engine.layout),
        tokens,
      }]);
      assert.ok(result!.logits.every(Number.isFinite));
      assert.ok(new Set(result!.logits).size > 250);
    } finally {
      await engine.close();
    }
  });
});
