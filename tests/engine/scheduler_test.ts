import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Engine, ReadRequest, ReadResult } from "../../src/engine/engine.ts";
import type { Rewindable } from "../../src/engine/generate.ts";
import { EngineStoppedError, type Sequence } from "../../src/engine/inference.ts";
import { Scheduler, SequenceError } from "../../src/engine/scheduler.ts";
import { nextTask } from "../../src/engine/next_task.ts";
import { ByteTokenizer } from "../../src/tokenizer/byte_tokenizer.ts";
import { stateLayout } from "../../src/state/layout.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";

const config = {
  version: "7",
  n_layer: 1,
  n_embd: 2,
  head_size: 1,
  vocab_size: 100,
  sizes: {},
} as const;
const never = new AbortController().signal;

/**
 * An engine whose state adds up its tokens and whose first logit is that sum. Each call waits to be let through, and
 * is recorded.
 */
class StepEngine implements Engine {
  readonly config = config;
  readonly layout = stateLayout(config);
  readonly modelFingerprint = "model";
  readonly fingerprint = "model/step";
  readonly chunkSize = 4;
  readonly calls: (readonly number[])[][] = [];
  closed = false;
  fail: Error | undefined;
  #gate = Promise.withResolvers<void>();

  /** Lets the call that waits go on. */
  async step(): Promise<void> {
    this.#gate.resolve();
    this.#gate = Promise.withResolvers();
    for (let i = 0; i < 3; i++) await nextTask();
  }

  async forward(batch: readonly ReadRequest[]): Promise<ReadResult[]> {
    this.calls.push(batch.map(({ tokens }) => tokens));
    await this.#gate.promise;
    if (this.fail !== undefined) throw this.fail;
    return batch.map(({ state, tokens }) => {
      const sum = tokens.reduce((total, token) => total + token, state.data[0]!);
      const data = state.data.slice();
      data[0] = sum;
      const logits = new Float32Array(100);
      logits[0] = sum;
      return { state: new RecurrentState(this.layout, data), logits };
    });
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

describe("Scheduler", () => {
  it("reads a long prompt in chunks, beside the single steps of others", async () => {
    const engine = new StepEngine();
    const scheduler = new Scheduler(engine, new ByteTokenizer());
    const prompt = Array.from({ length: 13 }, (_, i) => i);
    const long = scheduler.open().read(prompt, never);
    await engine.step(); // The second chunk is under way.
    const running = scheduler.open();
    const first = running.read([50], never);
    await engine.step();
    await engine.step();
    assert.equal((await first)[0], 50);
    const second = running.read([20], never);
    await engine.step();
    await engine.step();
    assert.equal((await second)[0], 70);
    assert.equal((await long)[0], 78);
    const chunks = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12]];
    assert.deepEqual(engine.calls, [[chunks[0]], [chunks[1]], [chunks[2], [50]], [chunks[3]], [[
      20,
    ]]]);
  });

  it("takes an aborted read out after the chunk under way, and lets the others go on", async () => {
    const engine = new StepEngine();
    const scheduler = new Scheduler(engine, new ByteTokenizer());
    const gone = new AbortController();
    const leaving = scheduler.open().read([1, 2, 3, 4, 5, 6, 7, 8, 9], gone.signal);
    const staying = scheduler.open().read([1, 1, 1, 1, 1], never);
    gone.abort(new Error("client left"));
    await Promise.all([assert.rejects(leaving, { message: "client left" }), engine.step()]);
    await engine.step();
    await engine.step();
    assert.equal((await staying)[0], 5);
    assert.deepEqual(engine.calls.at(-1), [[1]]);
  });

  it("never starts a read whose signal was aborted before", async () => {
    const engine = new StepEngine();
    const aborted = AbortSignal.abort(new Error("too late"));
    const read = new Scheduler(engine, new ByteTokenizer()).open().read([1], aborted);
    await assert.rejects(read, { message: "too late" });
    assert.deepEqual(engine.calls, []);
  });

  it("goes back to the state that was marked", async () => {
    const engine = new StepEngine();
    const sequence = new Scheduler(engine, new ByteTokenizer()).open() as Sequence & Rewindable;
    const read = async (token: number) => {
      const logits = sequence.read([token], never);
      await engine.step();
      return (await logits)[0];
    };
    assert.equal(await read(1), 1);
    sequence.mark();
    assert.equal(await read(10), 11);
    sequence.rewind();
    assert.equal((await sequence.state()).data[0], 1);
    assert.equal(await read(5), 6);
  });

  it("gives copies of states, so that no two share memory", async () => {
    const sequence = new Scheduler(new StepEngine(), new ByteTokenizer()).open();
    (await sequence.state()).data.fill(9);
    assert.equal((await sequence.state()).data[0], 0);
  });

  it("fails the reads of a round that fails, and goes on with the next", async () => {
    const engine = new StepEngine();
    const scheduler = new Scheduler(engine, new ByteTokenizer());
    const sequence = scheduler.open();
    const read = sequence.read([1], never);
    engine.fail = new Error("out of memory");
    await Promise.all([assert.rejects(read, { message: "out of memory" }), engine.step()]);
    assert.throws(() => sequence.state(), SequenceError);

    engine.fail = undefined;
    const next = scheduler.open().read([2], never);
    await engine.step();
    assert.equal((await next)[0], 2);
  });

  it("refuses reads after it was closed, and frees the engine", async () => {
    const engine = new StepEngine();
    const scheduler = new Scheduler(engine, new ByteTokenizer());
    const waiting = scheduler.open().read([1], never);
    const closed = scheduler.close();
    await Promise.all([assert.rejects(waiting, EngineStoppedError), engine.step()]);
    await closed;
    assert.equal(engine.closed, true);
    await assert.rejects(scheduler.open().read([1], never), EngineStoppedError);
  });
});
