import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { stub } from "@std/testing/mock";
import { RandomCheckpoint } from "../../scripts/bench/random_checkpoint.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { loadKernels } from "../../src/engine/simd/kernels.ts";
import { portion } from "../../src/engine/simd/portion.ts";
import { SimdEngine, type SimdEngineOptions } from "../../src/engine/simd/simd_engine.ts";
import { Follower } from "../../src/engine/simd/threads/follower.ts";
import { Leader } from "../../src/engine/simd/threads/leader.ts";
import { Board, boardWords } from "../../src/engine/simd/threads/board.ts";
import { importSharedMemory } from "../../src/engine/simd/threads/share_memory.ts";
import type { Plan } from "../../src/engine/simd/plan.ts";
import { Pace } from "../../src/engine/simd/threads/pace.ts";
import { WEIGHT_FORMATS } from "../../src/engine/simd/weight_format.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { RWKV_VERSIONS, type RwkvVersion } from "../../src/state/layout.ts";
import { engineSuite } from "./engine_suite.ts";

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
      onLogits: (logits: Float32Array) => void out.push(logits.slice()),
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
  for (const version of RWKV_VERSIONS) {
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

  it("gives the same bits whenever its threads get a processor, and when they have ended", async () => {
    const alone = await load("7", { weights: "int8" });
    using _together = stub(Pace.prototype, "isTogether", () => true);
    const workers: Worker[] = [];
    const RealWorker = globalThis.Worker;
    using restored = new DisposableStack();
    restored.defer(() => globalThis.Worker = RealWorker);
    globalThis.Worker = class extends RealWorker {
      constructor(...args: ConstructorParameters<typeof RealWorker>) {
        super(...args);
        workers.push(this);
      }
    };
    // More than there are processors, so that they are interrupted anywhere.
    const engine = await load("7", { weights: "int8", threads: 6 });
    const steps = async (engine: Engine, count: number) => {
      let state = RecurrentState.empty(engine.layout);
      for (let i = 0; i < count; i++) {
        const results = await engine.forward([{ state, tokens: [i % SIZES.V], consume: true }]);
        state = results[0]!.state;
      }
      return state.data;
    };
    const expected = await steps(alone, 2000);
    assert.deepEqual(await steps(engine, 2000), expected);
    for (const worker of workers.splice(0)) {
      worker.terminate();
      await new Promise((resolve) => setTimeout(resolve, 50)); // it may not begin a share any more
      assert.deepEqual(await steps(engine, 2000), expected);
    }
    await Promise.all([engine.close(), alone.close()]);
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
      const all = Array.from({ length: count }, (_, index) => portion(units, index, count));
      assert.deepEqual(
        all.map(([start]) => start).slice(1),
        all.map(([, end]) => end).slice(0, -1),
      );
      assert.deepEqual([all[0]![0], all.at(-1)![1]], [0, units]);
    }
  });
});

/** Two phases of two shares. The steps of each are one word, which says what they are. */
function planOf(memory: WebAssembly.Memory): Plan {
  const bounds = new Int32Array(memory.buffer, 64, 5);
  bounds.set([100, 101, 200, 201, 202]);
  return { phases: 2, shares: 2, bounds };
}

describe("Leader and Follower", () => {
  /** A leader and a follower whose kernels say what they compute. `meanwhile` runs as the leader computes. */
  function team(
    meanwhile: (follower: Follower) => void = () => {},
    { patienceMs, phase = 0 }: { patienceMs?: number; phase?: number } = {},
  ) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const board = new Board(boardWords(2, phase));
    const computed: [who: string, from: number, to: number][] = [];
    const kernels = (who: string) => ({
      memory,
      execute(from: number, to: number) {
        computed.push([who, from, to]);
        if (who === "leader") meanwhile(follower);
      },
    });
    const leader = new Leader(board, kernels("leader"), patienceMs);
    const follower = new Follower(board, kernels("follower"), 1);
    return { board, leader, follower, plan: planOf(memory), computed };
  }

  it("computes all shares of a phase before the next, whoever helps", () => {
    const { leader, plan, computed } = team();
    leader.run(plan);
    leader.run(plan);
    const all = [[100, 101], [101, 200], [200, 201], [201, 202]];
    assert.deepEqual(computed.map(([, ...steps]) => steps), [...all, ...all]);
  });

  for (const phase of [0, 2 ** 31 - 2, -2]) {
    it(`leaves a share to who comes for it in time, also after ${phase} phases`, () => {
      const { leader, follower, plan, computed } = team((follower) => {
        assert.equal(follower.follow(), true); // the next phase does not begin
      }, { phase });
      leader.run(plan);
      assert.deepEqual(computed, [
        ["leader", 100, 101],
        ["follower", 101, 200],
        ["leader", 200, 201],
        ["follower", 201, 202],
      ]);
      assert.equal(follower.follow(), true);
      assert.equal(computed.length, 4);
    });
  }

  it("calls who has gone to its messages, once", () => {
    const { board, leader, follower } = team();
    assert.equal(board.call(1), false);
    assert.equal(follower.follow(), true);
    assert.equal(board.call(1), true);
    assert.equal(board.call(1), false);
    leader.end();
    assert.equal(follower.follow(), false);
  });

  it("fails if a thread fails that has taken a share", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const board = new Board(boardWords(2));
    const failing = { memory, execute: () => assert.fail("unreachable") };
    const follower = new Follower(board, failing, 1);
    const leader = new Leader(board, {
      execute: () => assert.throws(() => follower.follow(), { message: "unreachable" }),
    });
    assert.throws(() => leader.run(planOf(memory)), { name: "ThreadFailedError" });
  });

  it("fails if a share that was taken is not done", () => {
    const { board, leader, plan } = team(() => board.take(1, 1), { patienceMs: 20 });
    assert.throws(() => leader.run(plan), {
      name: "ThreadFailedError",
      message: "A thread that computes the model does not answer",
    });
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

  it("comes back soon from what was slow for a moment", () => {
    const [pace, clock] = [new Pace(), { now: 0 }];
    run(pace, clock, 60_000, { together: 1, alone: 1.7 });
    run(pace, clock, 25, { together: 3, alone: 1.7 });
    const after = run(pace, clock, 1_000, { together: 1, alone: 1.7 });
    assert.ok(after.together > 800, JSON.stringify(after));
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
