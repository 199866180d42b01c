import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import type { Generated, GenerateOptions, Piece, PromptRead } from "../../src/engine/generate.ts";
import { EngineStoppedError, type Sequence } from "../../src/engine/inference.ts";
import { ENGINES } from "../../src/engine/engine_options.ts";
import { loadEngine } from "../../src/engine/load_engine.ts";
import { Scheduler } from "../../src/engine/scheduler.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import { PIECES_AHEAD } from "../../src/engine/worker_protocol.ts";
import { WorkerInference } from "../../src/engine/worker_inference.ts";

const folder = new URL("../../models/tern-7m/", import.meta.url).pathname;
const path = `${folder}model.safetensors`;
const vocabulary = Deno.readFileSync(`${folder}vocab.txt`);
const files = {
  path,
  tokenizer: "rwkv_world",
  vocabulary,
  engine: "ort",
  threads: 1,
  weights: "f32",
} as const;
const options = {
  prompt: [257, 1103, 34, 653, 395, 301, 1044, 64, 260], // User: Hello! How are you today?
  sampling: {
    temperature: 1,
    topP: 0.8,
    topK: 0,
    presencePenalty: 0.1,
    frequencyPenalty: 0.1,
    penaltyDecay: 0.99,
    seed: 4,
  },
  endOfText: 0,
  stop: ["\n\nUser:"],
  maxTokens: 60,
} as const;
const never = new AbortController().signal;

async function collect(
  sequence: Sequence,
  more: Partial<GenerateOptions> = {},
): Promise<{ pieces: Piece[]; end: Generated }> {
  const generation = sequence.generate({ ...options, signal: never, ...more });
  const pieces: Piece[] = [];
  let step = await generation.next();
  for (; !step.done; step = await generation.next()) pieces.push(step.value);
  return { pieces, end: step.value };
}

describe("WorkerInference", () => {
  // The engine native is downloaded for its own tests alone.
  for (const engine of ENGINES.filter((engine) => engine !== "native")) {
    it(`gives the bits that the engine ${engine} gives without a thread`, async () => {
      const checkpoint = await openCheckpoint(await openFile(path), path);
      const tokenizer = await loadTokenizer("rwkv_world", vocabulary);
      const local = new Scheduler(await loadEngine(checkpoint, { ...files, engine }), tokenizer);
      checkpoint.close();
      const remote = await WorkerInference.start({ ...files, engine });
      try {
        assert.equal(remote.fingerprint, local.fingerprint);
        assert.deepEqual(remote.config, local.config);
        const [a, b] = [local.open(), remote.open()];
        const [there, here] = [
          await collect(b, { topLogprobs: 3 }),
          await collect(a, { topLogprobs: 3 }),
        ];
        assert.deepEqual(there, here);
        assert.ok(there.pieces.length > 5);
        // What the prompt has left behind gives the same answer, in either thread.
        for (const inference of [local, remote]) {
          const reads: PromptRead[] = [];
          await collect(inference.open(), { onPrompt: (read) => reads.push(read) });
          const [{ state, logits }] = reads as [PromptRead];
          const again = await collect(remote.open(state), { prompt: [], logits, topLogprobs: 3 });
          assert.deepEqual([reads.length, again], [1, here]);
        }
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
  }

  it("tells how much of a prompt has been read, whether or not an answer follows", async () => {
    const remote = await WorkerInference.start(files);
    try {
      const told: number[] = [];
      const prompt = Array<number>(300).fill(5);
      const onRead = (tokens: number) => told.push(tokens);
      await remote.open().read(prompt, never, onRead);
      assert.ok(told.length > 0 && told.every((tokens) => tokens > 0 && tokens <= 300), `${told}`);
      const answered: number[] = [];
      await collect(remote.open(), { prompt, onRead: (tokens) => answered.push(tokens) });
      assert.ok(answered.length > 0 && answered.every((tokens) => tokens <= 300), `${answered}`);
      assert.deepEqual(told, told.toSorted((a, b) => a - b));
    } finally {
      await remote.close();
    }
  });

  it("answers other work of this thread while a long prompt is read, and an abort within a chunk", async () => {
    const remote = await WorkerInference.start(files);
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

  it("is at most a few pieces ahead of who takes them, and goes on from exactly what it said", async () => {
    const remote = await WorkerInference.start(files);
    try {
      const endless = { stop: [], endOfText: -1, maxTokens: 3 * PIECES_AHEAD };
      const generation = remote.open().generate({ ...options, ...endless, signal: never });
      const pieces: Piece[] = [];
      // Taken slowly, the thread fills its window and waits; nothing is lost or doubled.
      for (let step = await generation.next(); !step.done; step = await generation.next()) {
        pieces.push(step.value);
        if (pieces.length < 3) await new Promise((resolve) => setTimeout(resolve, 40));
      }
      const fast = await collect(remote.open(), endless);
      assert.deepEqual(pieces, fast.pieces);
      assert.ok(pieces.length > PIECES_AHEAD);
    } finally {
      await remote.close();
    }
  });

  it("stops generating when who takes the pieces leaves, or the signal aborts", async () => {
    const remote = await WorkerInference.start(files);
    try {
      const left = new AbortController();
      const leaving = remote.open().generate({
        ...options,
        maxTokens: 1e6,
        stop: [],
        signal: never,
      });
      await leaving.next();
      await leaving.return({ reason: "stop", tokens: [] });
      const aborted = remote.open().generate({ ...options, stop: [], signal: left.signal });
      await aborted.next();
      left.abort(new Error("gone"));
      await assert.rejects(Array.fromAsync(aborted), { message: "gone" });
      // Were one of them still generating, the engine would share its rounds with it; this answer would still come.
      assert.ok((await collect(remote.open())).pieces.length > 5);
    } finally {
      await remote.close();
    }
  });

  it("says why a model cannot be loaded", async () => {
    const missing = WorkerInference.start({ ...files, path: `${path}.missing` });
    await assert.rejects(missing, { name: "CheckpointError", message: /there is no such file/ });
    const threads = WorkerInference.start({ ...files, engine: "simd", threads: 9 });
    await assert.rejects(threads, { name: "UnsupportedThreadsError", message: /not with 9/ });
    const weights = WorkerInference.start({ ...files, weights: "int4" });
    await assert.rejects(weights, { name: "UnsupportedWeightsError", message: /no int4 weights/ });
  });

  it("fails what waits when it is closed", async () => {
    const remote = await WorkerInference.start(files);
    const waiting = remote.open().read(Array<number>(5_000).fill(5), never);
    await Promise.all([assert.rejects(waiting, EngineStoppedError), remote.close()]);
    await assert.rejects(remote.open().state(), EngineStoppedError);
    await assert.rejects(remote.open().read([1], never), EngineStoppedError);
  });
});
