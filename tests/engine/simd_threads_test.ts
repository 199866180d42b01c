import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { RandomCheckpoint } from "../../scripts/bench/random_checkpoint.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { loadKernels } from "../../src/engine/simd/kernels.ts";
import { portion } from "../../src/engine/simd/share.ts";
import { SimdEngine, type SimdEngineOptions } from "../../src/engine/simd/simd_engine.ts";
import { Meeting, meetingWords } from "../../src/engine/simd/threads/meeting.ts";
import { importSharedMemory } from "../../src/engine/simd/threads/share_memory.ts";
import { Pace } from "../../src/engine/simd/threads/pace.ts";
import { WEIGHT_FORMATS } from "../../src/engine/simd/weight_format.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import type { RwkvVersion } from "../../src/state/layout.ts";
import { engineSuite } from "./engine_suite.ts";

const VERSIONS: readonly RwkvVersion[] = ["4", "5.1", "5.2", "6", "7"];

/** Four heads, and sizes that no number of threads divides. Rows fit each type of weights. */
const SIZES = {
  ...{ V: 301, D: 96, F: 160, H: 4, N: 24, M: 32, "5M": 160, R: 32 },
  ...{ dw: 32, da: 64, dv: 32, dg: 96 },
};

function load(
  version: RwkvVersion,
  options: SimdEngineOptions,
): Promise<SimdEngine> {
  return SimdEngine.load(new RandomCheckpoint({ version, n_layer: 2, sizes: SIZES }), {
    onAlone: (reason) => assert.fail(reason),
    ...options,
  });
}

/** Logits and states of reads of one token and of many, alone and side by side. */
async function results(engine: Engine, seed: number): Promise<Float32Array[]> {
  const random = new SeededRandom(seed);
  const batches = [[1], [1], [70], [1, 3, 1], [1, 1, 1, 1, 1, 1, 1, 1], [1]];
  const out: Float32Array[] = [];
  const states = Array.from({ length: 8 }, () => RecurrentState.empty(engine.layout));
  for (const lengths of batches) {
    const reads = lengths.map((length, i) => ({
      state: states[i]!,
      tokens: Array.from({ length }, () => Math.floor(random.next() * SIZES.V)),
    }));
    for (const [i, { logits, state }] of (await engine.forward(reads)).entries()) {
      out.push(logits, state.data.slice());
      states[i] = state;
    }
  }
  return out;
}

engineSuite(
  "SimdEngine with two threads",
  (checkpoint) =>
    SimdEngine.load(checkpoint, { threads: 2, onAlone: (reason) => assert.fail(reason) }),
);

describe("SimdEngine with threads", () => {
  for (const version of VERSIONS) {
    it(`gives RWKV-${version} the bits of one thread, however many there are`, async () => {
      const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
      for (const weights of WEIGHT_FORMATS) {
        const alone = await load(version, { weights });
        const expected = await results(alone, seed);
        for (const threads of [2, 3]) {
          const engine = await load(version, { weights, threads });
          assert.equal(engine.fingerprint, alone.fingerprint);
          const actual = await results(engine, seed);
          assert.deepEqual(actual, expected, `${weights}, ${threads} threads, seed ${seed}`);
          await engine.close();
        }
        await alone.close();
      }
    });
  }

  it("goes on when its threads have gone to their messages meanwhile", async () => {
    const engine = await load("7", { threads: 2 });
    const [first] = await results(engine, 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual((await results(engine, 1))[0], first);
    await engine.close();
  });

  it("computes alone, and says why, where the kernels cannot share a memory", async () => {
    const reasons: string[] = [];
    const kernels = await loadKernels();
    const onAlone = ({ message }: Error) => reasons.push(message);
    const engine = await load("7", { threads: 2, kernels, onAlone });
    assert.deepEqual(reasons, ["The kernels that are given have a memory of their own"]);
    await results(engine, 1);
    await engine.close();
  });
});

describe("importSharedMemory", () => {
  it("makes kernels that import a shared memory, and changes nothing else", async () => {
    const code = await Deno.readFile(
      new URL("../../src/engine/simd/kernels.wasm", import.meta.url),
    );
    const module = new WebAssembly.Module(importSharedMemory(code));
    assert.deepEqual(WebAssembly.Module.imports(module), [
      { module: "env", name: "memory", kind: "memory" },
    ]);
    assert.deepEqual(
      WebAssembly.Module.exports(module),
      WebAssembly.Module.exports(new WebAssembly.Module(code)),
    );
    assert.throws(() => importSharedMemory(importSharedMemory(code)), TypeError);
  });
});

describe("portion", () => {
  it("gives each unit to one thread", () => {
    for (const [units, count] of [[0, 2], [1, 3], [7, 2], [12, 5]] as const) {
      const all = Array.from({ length: count }, (_, index) => portion(units, { index, count }));
      assert.deepEqual(
        all.map(([start]) => start).slice(1),
        all.map(([, end]) => end).slice(0, -1),
      );
      assert.deepEqual([all[0]![0], all.at(-1)![1]], [0, units]);
    }
  });
});

describe("Meeting", () => {
  const run = { tokens: 3, sequences: 2, ending: 1, table: 64 };

  it("hands on runs, and calls who has gone to its messages", () => {
    const words = meetingWords();
    const [leader, follower] = [new Meeting(words, 2), new Meeting(words, 2)];
    assert.equal(follower.park(), true);
    assert.equal(leader.begin(run), true);
    follower.unpark();
    assert.deepEqual(follower.next(), run);
    assert.equal(leader.begin(run), false);
    assert.equal(follower.park(), false); // a run has begun
    assert.deepEqual(follower.next(), run);
    leader.end();
    assert.equal(follower.next()!.tokens, 0);
  });

  it("fails for all when one failed", () => {
    const words = meetingWords();
    const [leader, follower] = [new Meeting(words, 2), new Meeting(words, 2)];
    follower.fail();
    assert.throws(() => leader.begin(run), { name: "ThreadFailedError" });
  });
});

describe("Pace", () => {
  /** Runs of one token, until so many milliseconds have passed. Gives how many were computed together. */
  function run(pace: Pace, clock: { now: number }, ms: number, took: Record<string, number>) {
    const end = clock.now + ms;
    const spent = { together: 0, alone: 0 };
    while (clock.now < end) {
      const way = pace.isTogether(1) ? "together" : "alone";
      clock.now += took[way]!;
      spent[way] += took[way]!;
      pace.add(1, took[way]!, clock.now);
    }
    return spent;
  }

  it("takes the faster way, and tries the other from time to time", () => {
    const [pace, clock] = [new Pace(), { now: 0 }];
    const idle = run(pace, clock, 60_000, { together: 1, alone: 1.7 });
    assert.ok(idle.together > 0.95 * 60_000, JSON.stringify(idle));
    assert.ok(idle.alone > 100, JSON.stringify(idle));
    // The cores have other work now: it is seen at once,
    const busy = run(pace, clock, 60_000, { together: 400, alone: 2 });
    assert.ok(busy.together < 0.08 * 60_000, JSON.stringify(busy));
    assert.ok(busy.together >= 800, JSON.stringify(busy));
    // and when they have none again, after a while.
    run(pace, clock, 10_000, { together: 1, alone: 1.7 });
    assert.ok(run(pace, clock, 1_000, { together: 1, alone: 1.7 }).together > 900);
  });

  it("judges runs of many tokens apart from those of one", () => {
    const pace = new Pace();
    let now = 0;
    for (let i = 0; i < 100; i++) {
      for (const tokens of [1, 64]) {
        const ms = pace.isTogether(tokens) === (tokens === 64) ? 10 : 20;
        pace.add(tokens, ms, now += ms);
      }
    }
    assert.ok(pace.isTogether(48));
    assert.ok(!pace.isTogether(1));
  });
});
