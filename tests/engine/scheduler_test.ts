import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Engine, ReadRequest, ReadResult } from "../../src/engine/engine.ts";
import type { Rewindable } from "../../src/engine/rewindable.ts";
import { EngineStoppedError, type Sequence, SequenceError } from "../../src/engine/inference.ts";
import { Scheduler } from "../../src/engine/scheduler.ts";
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
 * An engine whose state adds up its tokens and whose first logit is that sum. Each call takes a turn of the event loop,
 * and is recorded.
 */
class SumEngine implements Engine {
  readonly config = config;
  readonly layout = stateLayout(config);
  readonly modelFingerprint = "model";
  readonly fingerprint = "model/sum";
  readonly chunkSize = 4;
  readonly calls: (readonly number[])[][] = [];
  closed = false;
  fail: Error | undefined;
  /** Is called when a call begins, with the number of calls so far. */
  onCall: (calls: number) => void = () => {};

  async forward(batch: readonly ReadRequest[]): Promise<ReadResult[]> {
    this.calls.push(batch.map(({ tokens }) => tokens));
    this.onCall(this.calls.length);
    await nextTask();
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
  it("tells after each chunk how much it has read, and nothing once nobody wants it", async () => {
    const scheduler = new Scheduler(new SumEngine(), new ByteTokenizer());
    const told: number[] = [];
    await scheduler.open().read(Array<number>(10).fill(1), never, (tokens) => told.push(tokens));
    assert.deepEqual(told, [4, 8, 10]);
    const gone = new AbortController();
    const late: number[] = [];
    const reading = scheduler.open().read(Array<number>(40).fill(1), gone.signal, (tokens) => {
      late.push(tokens);
      gone.abort(new Error("enough"));
    });
    await assert.rejects(reading, /enough/);
    assert.equal(late.length, 1);
    await scheduler.close();
  });

  it("reads a long prompt in chunks, beside the single steps of others", async () => {
    const engine = new SumEngine();
    const scheduler = new Scheduler(engine, new ByteTokenizer());
    const running = scheduler.open();
    let first: Promise<Float32Array> | undefined;
    engine.onCall = (calls) => {
      if (calls === 2) first = running.read([50], never);
    };
    const prompt = Array.from({ length: 13 }, (_, i) => i);
    const logits = await scheduler.open().read(prompt, never);
    assert.equal(logits[0], 78);
    assert.equal((await first!)[0], 50);
    assert.deepEqual(engine.calls, [
      [[0, 1, 2, 3]],
      [[4, 5, 6, 7]],
      [[8, 9, 10, 11], [50]],
      [[12]],
    ]);
    assert.equal((await running.read([20], never))[0], 70);
  });

  it("reads together what is asked for at the same time", async () => {
    const engine = new SumEngine();
    const scheduler = new Scheduler(engine, new ByteTokenizer());
    const [a, b] = [scheduler.open(), scheduler.open()];
    for (let i = 0; i < 3; i++) await Promise.all([a.read([1], never), b.read([2], never)]);
    assert.deepEqual(engine.calls, Array(3).fill([[1], [2]]));
  });

  it("takes an aborted read out after the chunk under way, and lets the others go on", async () => {
    const engine = new SumEngine();
    const scheduler = new Scheduler(engine, new ByteTokenizer());
    const gone = new AbortController();
    engine.onCall = (calls) => calls === 1 && gone.abort(new Error("client left"));
    const leaving = scheduler.open().read([1, 2, 3, 4, 5, 6, 7, 8, 9], gone.signal);
    const staying = scheduler.open().read([1, 1, 1, 1, 1], never);
    await assert.rejects(leaving, { message: "client left" });
    assert.equal((await staying)[0], 5);
    assert.deepEqual(engine.calls, [[[1, 2, 3, 4], [1, 1, 1, 1]], [[1]]]);
  });

  it("never starts a read whose signal was aborted before", async () => {
    const engine = new SumEngine();
    const aborted = AbortSignal.abort(new Error("too late"));
    const read = new Scheduler(engine, new ByteTokenizer()).open().read([1], aborted);
    await assert.rejects(read, { message: "too late" });
    assert.deepEqual(engine.calls, []);
  });

  it("lets the event loop turn while it computes without a pause", async () => {
    const engine = new SumEngine();
    engine.forward = (batch) =>
      Promise.resolve(batch.map(({ state }) => ({ state, logits: new Float32Array(1) })));
    const left = new AbortController();
    setTimeout(() => left.abort(new Error("enough")), 5);
    const endless = new Scheduler(engine, new ByteTokenizer()).open()
      .read(Array<number>(2_000_000).fill(1), left.signal);
    await assert.rejects(endless, { message: "enough" });
  });

  it("goes back to the state that was marked", async () => {
    const engine = new SumEngine();
    const sequence = new Scheduler(engine, new ByteTokenizer()).open() as Sequence & Rewindable;
    assert.equal((await sequence.read([1], never))[0], 1);
    sequence.mark();
    assert.equal((await sequence.read([10], never))[0], 11);
    sequence.rewind();
    assert.equal((await sequence.state()).data[0], 1);
    assert.equal((await sequence.read([5], never))[0], 6);
  });

  it("gives copies of states, so that no two share memory", async () => {
    const sequence = new Scheduler(new SumEngine(), new ByteTokenizer()).open();
    (await sequence.state()).data.fill(9);
    assert.equal((await sequence.state()).data[0], 0);
  });

  it("fails the reads of a round that fails, and goes on with the next", async () => {
    const engine = new SumEngine();
    const scheduler = new Scheduler(engine, new ByteTokenizer());
    const sequence = scheduler.open();
    engine.fail = new Error("out of memory");
    await assert.rejects(sequence.read([1], never), { message: "out of memory" });
    await assert.rejects(sequence.state(), SequenceError);

    engine.fail = undefined;
    assert.equal((await scheduler.open().read([2], never))[0], 2);
  });

  it("refuses reads after it was closed, and frees the engine", async () => {
    const engine = new SumEngine();
    const scheduler = new Scheduler(engine, new ByteTokenizer());
    const waiting = scheduler.open().read([1, 2, 3, 4, 5], never);
    await Promise.all([assert.rejects(waiting, EngineStoppedError), scheduler.close()]);
    assert.equal(engine.closed, true);
    await assert.rejects(scheduler.open().read([1], never), EngineStoppedError);
  });
});
