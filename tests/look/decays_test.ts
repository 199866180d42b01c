import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { RandomCheckpoint } from "../../scripts/bench/random_checkpoint.ts";
import { Decays } from "../../src/look/decays.ts";
import { inferModelConfig } from "../../src/rwkv/model_config.ts";
import { RWKV_VERSIONS } from "../../src/state/layout.ts";
import { Interpreter, Oracle, type Tensor } from "../rwkv/interpreter.ts";

const SIZES = {
  ...{ V: 60, D: 32, F: 64, H: 2, N: 16, M: 8, "5M": 40, R: 8 },
  ...{ dw: 8, da: 12, dv: 4, dg: 20 },
};
const TOKENS = [3, 59, 0, 17, 17];

/** The inputs of a layer's time mix, and the decays that the recurrence was given. */
interface Seen {
  readonly x: Tensor;
  readonly prev: Tensor;
  readonly log_w: Tensor;
}

/** Runs the oracle and notes what its recurrences were given, layer by layer. */
async function watch(checkpoint: RandomCheckpoint): Promise<Seen[]> {
  const seen: Seen[] = [];
  const { tokenShift, wkv4, wkv6, wkv7 } = Interpreter.prototype;
  let shifted: Pick<Seen, "x" | "prev"> | undefined;
  const note = <Inputs extends { log_w: Tensor }, Y>(
    wkv: (inputs: Inputs, state: Tensor) => Y,
  ) =>
    function (this: Interpreter, inputs: Inputs, state: Tensor) {
      seen.push({ ...shifted!, log_w: inputs.log_w });
      return wkv.call(this, inputs, state);
    };
  Object.assign(Interpreter.prototype, {
    tokenShift(this: Interpreter, x: Tensor, prev: Tensor) {
      shifted = { x, prev };
      return tokenShift.call(this, x, prev);
    },
    wkv4: note(wkv4),
    wkv6: note(wkv6),
    wkv7: note(wkv7),
  });
  try {
    (await Oracle.load(checkpoint)).read(TOKENS);
  } finally {
    Object.assign(Interpreter.prototype, { tokenShift, wkv4, wkv6, wkv7 });
  }
  return seen;
}

describe("Decays", () => {
  for (const version of RWKV_VERSIONS) {
    it(`gives the decays that the recurrence of RWKV-${version} gets`, async () => {
      const checkpoint = new RandomCheckpoint({ version, n_layer: 2, sizes: SIZES });
      const decays = await Decays.read(checkpoint, inferModelConfig(checkpoint.tensors));
      const D = SIZES.D;
      for (const [layer, { x, prev, log_w }] of (await watch(checkpoint)).entries()) {
        for (const t of TOKENS.keys()) {
          const row = ({ data }: Tensor, at: number) =>
            Float32Array.from(data.subarray(at * D, (at + 1) * D));
          const found = decays!.logDecays(layer, row(x, t), t === 0 ? row(prev, 0) : row(x, t - 1));
          const expected = row(log_w, log_w.shape.length === 1 ? 0 : t);
          assert.equal(found.length, D);
          for (const [i, value] of found.entries()) {
            assert.ok(
              Math.abs(value - expected[i]!) < 1e-5,
              `layer ${layer}, token ${t}, channel ${i}: ${value} instead of ${expected[i]}`,
            );
            assert.ok(value < 0);
          }
        }
      }
    });
  }

  it("reads only the tensors that decays depend on", async () => {
    const checkpoint = new RandomCheckpoint({ version: "7", n_layer: 1, sizes: SIZES });
    const names: string[] = [];
    const read = checkpoint.read.bind(checkpoint);
    checkpoint.read = (name) => (names.push(name), read(name));
    await Decays.read(checkpoint, inferModelConfig(checkpoint.tensors));
    assert.deepEqual(
      names.toSorted(),
      ["w0", "w1", "w2", "x_w"].map((name) => `blocks.0.att.${name}`),
    );
  });

  it("are not there in a packed file", async () => {
    const checkpoint = new RandomCheckpoint({ version: "7", n_layer: 1, sizes: SIZES });
    const packed = {
      ...{ weights: "int8", fingerprint: "", layout: "", start: 0, bytes: 0 },
      readInto: () => Promise.resolve(),
    };
    const sizes = inferModelConfig(checkpoint.tensors);
    assert.equal(await Decays.read(Object.assign(checkpoint, { packed }), sizes), undefined);
  });
});
