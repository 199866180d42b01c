import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { RandomCheckpoint } from "../../scripts/bench/random_checkpoint.ts";
import { SimdEngine } from "../../src/engine/simd/simd_engine.ts";
import { StateGoneError } from "../../src/engine/simd/state_gone_error.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";

const SIZES = { V: 40, D: 32, F: 64, H: 2, N: 16, dw: 8, da: 8, dv: 8, dg: 8 } as const;

function load(): Promise<SimdEngine> {
  return SimdEngine.load(new RandomCheckpoint({ version: "7", n_layer: 2, sizes: SIZES }));
}

/** What a state must be, from a copy of the state before it. */
interface Known {
  readonly state: RecurrentState;
  readonly copy: Float32Array<ArrayBuffer>;
}

describe("the states of the SIMD engine", () => {
  it("are what they would be if each were copied, whatever is read, kept, shared or consumed", async () => {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    const random = new SeededRandom(seed);
    const pick = (count: number) => Math.floor(random.next() * count);
    const [engine, reference] = [await load(), await load()];
    const empty = RecurrentState.empty(engine.layout);
    let known: Known[] = [{ state: empty, copy: empty.data }];
    // More than there are slots, so that states have to make room for each other.
    for (let round = 0; round < 150; round++) {
      const chosen = Array.from({ length: 1 + pick(12) }, () => known[pick(known.length)]!);
      const batch = chosen.map(({ state }) => ({
        state,
        tokens: Array.from({ length: 1 + pick(3) }, () => pick(SIZES.V)),
        consume: state !== empty && pick(2) === 0,
      }));
      const results = await engine.forward(batch);
      const next: Known[] = [];
      for (const [i, { state, logits }] of results.entries()) {
        const [expected] = await reference.forward([{
          state: new RecurrentState(engine.layout, chosen[i]!.copy),
          tokens: batch[i]!.tokens,
        }]);
        assert.deepEqual(logits, expected!.logits, `seed ${seed}, round ${round}`);
        next.push({ state, copy: expected!.state.data });
      }
      const consumed = new Set(batch.filter(({ consume }) => consume).map(({ state }) => state));
      known = [...known.filter(({ state }) => !consumed.has(state)), ...next];
      while (known.length > 60) known.splice(1 + pick(known.length - 1), 1);
      const { state, copy } = known[pick(known.length)]!;
      assert.deepEqual(state.data, copy, `seed ${seed}, round ${round}`);
    }
    await Promise.all([engine.close(), reference.close()]);
  });

  it("cannot be asked for once they were consumed, but when the engine is closed", async () => {
    const engine = await load();
    const state = RecurrentState.empty(engine.layout);
    const [first] = await engine.forward([{ state, tokens: [1] }]);
    const [second] = await engine.forward([{ state: first!.state, tokens: [2], consume: true }]);
    assert.throws(() => first!.state.data, StateGoneError);
    await engine.close();
    assert.ok(second!.state.data.every(Number.isFinite));
  });
});
