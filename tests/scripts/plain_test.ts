import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Vector } from "../../scripts/plain/arrays.ts";
import * as rwkv4 from "../../scripts/plain/rwkv4.ts";
import * as rwkv7 from "../../scripts/plain/rwkv7.ts";
import { Tensors } from "../../scripts/plain/tensors.ts";
import { loadEngine } from "../../scripts/load_engine.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { Fuzz } from "../fuzz.ts";
import { refusal, runScript } from "./run_script.ts";

const MODELS = new URL("../../models/", import.meta.url).pathname;
const TOKENS = [1028, 797, 264, 490];

describe("the models on plain arrays", () => {
  it("give the logits of the engine, RWKV-4", async () => {
    const read = await readAll("tern-7m-rwkv4", rwkv4.step, rwkv4.emptyState);
    assertClose(read, await byEngine("tern-7m-rwkv4"));
  });

  it("give the logits of the engine, RWKV-7", async () => {
    const read = await readAll("tern-7m", rwkv7.step, rwkv7.emptyState);
    assertClose(read, await byEngine("tern-7m"));
  });
});

describe("the time-parallel form", () => {
  it("equals the recurrent form, RWKV-4", () => {
    const random = numbers();
    for (let round = 0; round < 20; round++) {
      const [T, D] = [1 + round, 3];
      const rows = (scale: number) => Array.from({ length: T }, () => random(D, -scale, scale));
      // Keys whose exponentials do not fit, too: the parallel form is exact up to e^700 alone.
      const [k, v] = [rows(round < 10 ? 3 : 100), rows(2)];
      const [w, u] = [random(D, 0, 3), random(D, -1, 1)];
      const parallel = rwkv4.wkvParallel(k, v, w, u);
      let state = { aa: [0, 0, 0], bb: [0, 0, 0], pp: [-1e30, -1e30, -1e30] };
      for (let t = 0; t < T; t++) {
        const { wkv, ...next } = rwkv4.wkvStep(state, { k: k[t]!, v: v[t]!, w, u });
        state = next;
        assertClose(wkv, parallel[t]!, 1e-9);
      }
    }
  });

  it("equals the recurrent form, RWKV-7", () => {
    const random = numbers();
    for (let round = 0; round < 20; round++) {
      const N = 4;
      const tokens = Array.from({ length: 1 + round }, (): rwkv7.WkvInputs => {
        const kk = random(N, -1, 1);
        const length = Math.hypot(...kk);
        return {
          ...{ r: random(N, -1, 1), k: random(N, -1, 1), v: random(N, -2, 2) },
          ...{ w: random(N, 0.545, 1), a: random(N, 0, 1), kk: kk.map((x) => x / length) },
        };
      });
      const parallel = rwkv7.wkvParallel(tokens);
      let S: rwkv7.HeadState = Array.from({ length: N }, () => [0, 0, 0, 0]);
      for (const [t, token] of tokens.entries()) {
        const { y, S: next } = rwkv7.wkvStep(S, token);
        S = next;
        assertClose(y, parallel[t]!, 1e-9);
      }
    }
  });
});

describe("deno task plain", () => {
  it("writes on from a text", async () => {
    const { code, stdout, stderr } = await runScript("plain.ts", [
      ...["--text", "Once upon a", "--tokens", "1"],
    ]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "Once upon a time\n");
  });

  it("refuses a count that is not a number", async () => {
    assert.match(await refusal("plain.ts", ["--tokens", "few"]), /--tokens must be a whole number/);
  });
});

async function readAll<State>(
  model: string,
  step: (p: Tensors, token: number, states: State[]) => { logits: Vector; states: State[] },
  empty: (p: Tensors) => State[],
): Promise<Vector> {
  const tensors = new Tensors(await Deno.readFile(`${MODELS}${model}/model.safetensors`));
  let [states, logits] = [empty(tensors), [] as Vector];
  for (const token of TOKENS) ({ states, logits } = step(tensors, token, states));
  return logits;
}

async function byEngine(model: string): Promise<Vector> {
  const engine = await loadEngine(`${MODELS}${model}`);
  const state = RecurrentState.empty(engine.layout);
  const [result] = await engine.forward([{ state, tokens: TOKENS }]);
  await engine.close();
  return [...result!.logits];
}

function numbers() {
  const random = new Fuzz("the time-parallel form");
  return (length: number, from: number, to: number) =>
    Array.from({ length }, () => from + (to - from) * random.next());
}

function assertClose(a: Vector, b: Vector, tolerance = 1e-3): void {
  assert.equal(a.length, b.length);
  for (const [i, x] of a.entries()) {
    assert.ok(Math.abs(x - b[i]!) < tolerance, `${i}: ${x} and ${b[i]}`);
  }
}
