import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import { EngineStoppedError } from "../../src/engine/inference.ts";
import { OrtEngine } from "../../src/engine/ort/ort_engine.ts";
import { Scheduler } from "../../src/engine/scheduler.ts";
import { WorkerInference } from "../../src/engine/worker_inference.ts";

const path = new URL("../../models/tern-6m/model.safetensors", import.meta.url).pathname;
const never = new AbortController().signal;

describe("WorkerInference", () => {
  it("gives the bits that the engine gives without a thread", async () => {
    const checkpoint = await openCheckpoint(await openFile(path), path);
    const local = new Scheduler(await OrtEngine.load(checkpoint));
    checkpoint.close();
    const remote = await WorkerInference.start({ path, threads: 1 });
    try {
      assert.equal(remote.fingerprint, local.fingerprint);
      assert.deepEqual(remote.config, local.config);
      const [a, b] = [local.open(), remote.open()];
      const tokens = [261, 953, 34, 662, 377, 305, 935, 64, 259];
      assert.deepEqual(await b.read(tokens, never), await a.read(tokens, never));
      b.mark();
      await b.read([5], never);
      b.rewind();
      const state = await b.state();
      assert.deepEqual(state.data, (await a.state()).data);
      const c = remote.open(state);
      assert.deepEqual(await c.read([7], never), await a.read([7], never));
      assert.notEqual(state.data.length, 0, "the state that was opened is still the caller's");
      for (const sequence of [a, b, c]) sequence.close();
    } finally {
      await Promise.all([remote.close(), local.close()]);
    }
  });

  it("answers other work of this thread while a long prompt is read, and an abort within a chunk", async () => {
    const remote = await WorkerInference.start({ path, threads: 1 });
    try {
      const gone = new AbortController();
      let settled = false;
      const long = remote.open().read(Array<number>(20_000).fill(5), gone.signal);
      const failed = assert.rejects(long, { message: "enough" }).then(() => settled = true);
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 1));
      assert.equal(settled, false, "20,000 tokens cannot have been read by now");
      gone.abort(new Error("enough"));
      await failed;
      // The thread takes new work at once instead of finishing the 20,000 tokens.
      await remote.open().read([1], never);
    } finally {
      await remote.close();
    }
  });

  it("says what is wrong with a model that cannot be loaded", async () => {
    const missing = WorkerInference.start({ path: `${path}.missing`, threads: 1 });
    await assert.rejects(missing, { name: "CheckpointError", message: /there is no such file/ });
  });

  it("fails what waits when it is closed", async () => {
    const remote = await WorkerInference.start({ path, threads: 1 });
    const waiting = remote.open().read(Array<number>(5_000).fill(5), never);
    await Promise.all([assert.rejects(waiting, { name: "EngineStoppedError" }), remote.close()]);
    await assert.rejects(remote.open().state(), EngineStoppedError);
    await assert.rejects(remote.open().read([1], never), EngineStoppedError);
  });
});
