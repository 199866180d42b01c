import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import * as ort from "onnxruntime-web";
import { OnnxOperations } from "../../src/engine/ort/onnx_operations.ts";
import { GraphBuilder, type Value } from "../../src/onnx/graph_builder.ts";
import { Fuzz } from "../fuzz.ts";
import { Interpreter, type Tensor } from "../rwkv/interpreter.ts";
import { maxDifference } from "./goldens.ts";

const [H, N] = [2, 4];
const D = H * N;

type Kind = "wkv4" | "wkv6" | "wkv7";
type Inputs = Record<string, Tensor>;

const STATE_SHAPE = { wkv4: [3, D], wkv6: [H, N, N], wkv7: [H, N, N] } as const;

/** Runs one WKV operation as ONNX nodes: y, then the new state. */
async function runOnnx(kind: Kind, inputs: Inputs, state: Tensor): Promise<[number[], number[]]> {
  const g = new GraphBuilder(kind);
  const o = new OnnxOperations(g, { n_embd: D, head_size: N });
  const feeds: Record<string, ort.Tensor> = {};
  const input = (name: string, { data }: Tensor, dims: readonly number[]) => {
    feeds[name] = new ort.Tensor("float32", Float32Array.from(data), dims);
    return g.input(name, dims);
  };
  const values: Record<string, Value> = {};
  for (const [name, tensor] of Object.entries(inputs)) {
    const dims = tensor.shape.length === 1 ? [D] : [1, ...tensor.shape];
    values[name] = input(name, tensor, dims);
  }
  const s = input("state", state, [1, 1, ...STATE_SHAPE[kind]]);
  const wkv = o[kind].bind(o) as (inputs: Record<string, Value>, state: Value) => [Value, Value];
  const [y, next] = wkv(values, s);
  g.output("y", y, [1, "T", D]);
  g.output("next", next, [1, 1, ...STATE_SHAPE[kind]]);
  const session = await ort.InferenceSession.create(g.build(), { executionProviders: ["wasm"] });
  const output = await session.run(feeds);
  await session.release();
  return [output.y, output.next].map((tensor) => [...tensor!.data as Float32Array]) as [
    number[],
    number[],
  ];
}

async function compare(kind: Kind, inputs: Inputs, state: Tensor, what: string): Promise<void> {
  const oracle = new Interpreter(N);
  const run = oracle[kind].bind(oracle) as (i: Inputs, s: Tensor) => [Tensor, Tensor];
  const [y, next] = run(inputs, state);
  const [actualY, actualNext] = await runOnnx(kind, inputs, state);
  const size = (values: Float64Array) => Math.max(1, ...values.map(Math.abs));
  // RWKV-4 may keep the same sums under another exponent; what it means shows in y at the next token.
  const pairs = kind === "wkv4"
    ? [[actualY, y.data]] as const
    : [[actualY, y.data], [actualNext, next.data]] as const;
  // RWKV-4 takes powers of differences of keys, and float32 numbers near 1,000 are 6e-5 apart.
  const tolerance = kind === "wkv4" ? 1e-4 : 2e-5;
  for (const [actual, expected] of pairs) {
    const difference = maxDifference(actual, expected) / size(expected);
    assert.ok(difference < tolerance, `${kind} ${what}: off by ${difference}`);
  }
  assert.ok(actualNext.every(Number.isFinite), `${kind} ${what}: the state is finite`);
}

/** Float32 values, so that both sides begin with the same numbers. */
function tensor(shape: readonly number[], value: (i: number) => number): Tensor {
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float64Array.from({ length }, (_, i) => Math.fround(value(i))) };
}

describe("WKV as ONNX nodes", () => {
  it("agrees with the recurrence for RWKV-4, from any state, however far the keys are apart", async () => {
    const fuzz = new Fuzz("wkv4");
    for (const T of [1, 2, 3, 17, 63, 64]) {
      for (const spread of [1, 30, 300]) {
        const row = (scale: number) => tensor([T, D], () => fuzz.gaussian() * scale);
        const inputs = {
          k: row(spread),
          v: row(1),
          log_w: tensor([D], () => -Math.exp(fuzz.next() * 8 - 6)),
          u: tensor([D], () => fuzz.gaussian()),
        };
        const empty = tensor([3, D], (i) => i < 2 * D ? 0 : -1e30);
        await compare("wkv4", inputs, empty, `T=${T}, keys of ${spread}, from nothing`);
        const used = tensor(
          [3, D],
          (i) => i < D ? fuzz.gaussian() : i < 2 * D ? 1 : fuzz.gaussian() * spread,
        );
        await compare("wkv4", inputs, used, `T=${T}, keys of ${spread}, from a state`);
      }
    }
  });

  it("agrees with the recurrence for RWKV-5 and 6, also where the decay forgets everything", async () => {
    const fuzz = new Fuzz("wkv6");
    for (const T of [1, 2, 33]) {
      for (const strongest of [0.1, 5, 100]) {
        const row = () => tensor([T, D], () => fuzz.gaussian());
        const decay = () => -strongest * fuzz.next();
        const u = tensor([D], () => fuzz.gaussian());
        const state = tensor([H, N, N], () => fuzz.gaussian());
        const inputs = { r: row(), k: row(), v: row(), u };
        const what = `T=${T}, decay of ${strongest}`;
        await compare("wkv6", { ...inputs, log_w: tensor([T, D], decay) }, state, what);
        await compare("wkv6", { ...inputs, log_w: tensor([D], decay) }, state, `${what} a channel`);
      }
    }
  });

  it("agrees with the recurrence for RWKV-7, also where the learning rate is 0 or 1", async () => {
    const fuzz = new Fuzz("wkv7");
    for (const T of [1, 2, 33]) {
      for (const rate of [() => fuzz.next(), () => 0, () => 1, () => 1e-12, () => fuzz.below(2)]) {
        const row = (scale = 1) => tensor([T, D], () => fuzz.gaussian() * scale);
        const oracle = new Interpreter(N);
        const kk = oracle.normalizeHeads(row());
        const inputs = {
          r: row(),
          log_w: tensor([T, D], () => -0.606531 * fuzz.next()),
          k: row(10),
          v: row(),
          kk: tensor([T, D], (i) => kk.data[i]!),
          a: tensor([T, D], rate),
        };
        const state = tensor([H, N, N], () => fuzz.gaussian());
        await compare("wkv7", inputs, state, `T=${T}, a like ${inputs.a.data[0]}`);
      }
    }
  });
});
