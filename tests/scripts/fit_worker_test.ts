import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { RandomCheckpoint, SHAPE_0_1B } from "../../scripts/bench/random_checkpoint.ts";
import { fitWorker, ISOLATE_BYTES, PROGRAM_BYTES } from "../../scripts/deploy/fit_worker.ts";
import { openWeights } from "../../src/checkpoint/open_weights.ts";

const TERN = new URL("../../models/tern-7m/model.safetensors", import.meta.url).pathname;

describe("fitWorker", () => {
  it("takes int8 if that fits, and what was asked for", async () => {
    const { tensors, close } = await openWeights(TERN);
    const auto = await fitWorker("tern-7m", tensors, "auto");
    assert.equal(auto.weights, "int8");
    const int4 = await fitWorker("tern-7m", tensors, "int4");
    assert.equal(int4.weights, "int4");
    assert(int4.bytes < auto.bytes);
    close();
  });

  it("refuses what is larger than an isolate, with the figures of each type", async () => {
    const { tensors } = new RandomCheckpoint({ ...SHAPE_0_1B, n_layer: 24 });
    await assert.rejects(fitWorker("twice", tensors, "auto"), (error: Error) => {
      assert.match(error.message, /^twice does not fit in 128\.0 MB/);
      const totals = [...error.message.matchAll(/with the program ([\d.]+) {2}(.+)/g)];
      assert.equal(totals.length, 4);
      for (const [, megabytes, verdict] of totals) {
        assert.equal(verdict, "too large");
        assert(Number(megabytes) * 1e6 > ISOLATE_BYTES);
        assert(Number(megabytes) * 1e6 > PROGRAM_BYTES);
      }
      return true;
    });
  });
});
