import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { scoreDocuments } from "../../scripts/eval/score.ts";
import { loadFolderEngine } from "../../scripts/load_engine.ts";
import { readModelFolder } from "../../src/checkpoint/model_folder.ts";
import { WEIGHT_FORMATS, type WeightFormat } from "../../src/engine/simd/weight_format.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import { RandomCheckpoint, SHAPE_0_1B } from "../../scripts/bench/random_checkpoint.ts";
import type { Engine, ReadResult } from "../../src/engine/engine.ts";
import { EngineStoppedError } from "../../src/engine/inference.ts";
import { OrtEngine } from "../../src/engine/ort/ort_engine.ts";
import { loadWebRuntime } from "../../src/engine/ort/web_runtime.ts";
import { OutOfMemoryError } from "../../src/engine/simd/out_of_memory_error.ts";
import { SimdEngine } from "../../src/engine/simd/simd_engine.ts";
import { UnsupportedShapeError } from "../../src/engine/simd/unsupported_shape_error.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { RWKV_VERSIONS, type RwkvVersion } from "../../src/state/layout.ts";
import { engineSuite } from "./engine_suite.ts";
import { maxDifference, TOLERANCE } from "./goldens.ts";

/** Sizes of which none is a multiple of what kernels take at a time, where that may be. */
const SIZES = {
  ...{ V: 301, D: 48, F: 100, H: 2, N: 24, M: 12, "5M": 60, R: 20 },
  ...{ dw: 8, da: 12, dv: 4, dg: 20 },
};

/** The same for int4, of which each matrix has rows of a length that fits. */
const INT4_SIZES = {
  ...{ V: 305, D: 96, F: 160, H: 4, N: 24, M: 32, "5M": 160, R: 32 },
  ...{ dw: 32, da: 64, dv: 32, dg: 96 },
};

engineSuite("SimdEngine", (checkpoint) => SimdEngine.load(checkpoint));

describe("SimdEngine", () => {
  const formats = RWKV_VERSIONS.flatMap((version) =>
    WEIGHT_FORMATS.map((weights) => [version, weights] as const)
  );
  for (const [version, weights] of formats) {
    it(`gives RWKV-${version} in ${weights} the same bits in any split and any batch`, async () => {
      const engine = await SimdEngine.load(smallModel(version, weights), { weights });
      const random = new SeededRandom(11);
      const lengths = [150, 1, 40, 3, 90, 64, 2, 150, 1, 7];
      const reads = lengths.map((length) => randomTokens(random, length));
      const expected: ReadResult[] = [];
      for (const tokens of reads) expected.push(await readInSteps(engine, tokens));

      const empty = RecurrentState.empty(engine.layout);
      const together = await engine.forward(reads.map((tokens) => ({ state: empty, tokens })));
      for (const [i, result] of together.entries()) checkSame(result, expected[i]!);
      for (const first of [1, 63, 64, 65, 149]) {
        const tokens = reads[0]!;
        const [begun] = await engine.forward([{ state: empty, tokens: tokens.slice(0, first) }]);
        const rest = { state: begun!.state, tokens: tokens.slice(first) };
        const [ended] = await engine.forward([rest]);
        checkSame(ended!, expected[0]!);
      }
      assert.ok(expected[0]!.logits.every(Number.isFinite));
      await engine.close();
    });
  }

  for (const [version, weights] of formats) {
    it(`gives RWKV-${version} in ${weights} the same bits with both builds of its kernels`, async () => {
      const tokens = randomTokens(new SeededRandom(3), 9);
      const results: ReadResult[] = [];
      for (const kernels of ["plain", "relaxed"] as const) {
        const engine = await SimdEngine.load(smallModel(version, weights), { weights, kernels });
        const state = RecurrentState.empty(engine.layout);
        const [first] = await engine.forward([{ state, tokens }]);
        const [last] = await engine.forward([{ state: first!.state, tokens: [1] }]);
        results.push(last!);
        await engine.close();
      }
      checkSame(results[1]!, results[0]!);
    });
  }

  for (const version of RWKV_VERSIONS) {
    it(`gives RWKV-${version} in bf16 the bits of f32, if its weights are bfloat16`, async () => {
      const tokens = randomTokens(new SeededRandom(4), 70);
      const results: ReadResult[] = [];
      for (const weights of ["f32", "bf16"] as const) {
        const engine = await SimdEngine.load(smallModel(version, "int4"), { weights });
        const [result] = await engine.forward([{
          state: RecurrentState.empty(engine.layout),
          tokens,
        }]);
        results.push(result!);
        await engine.close();
      }
      checkSame(results[1]!, results[0]!);
    });
  }

  for (const version of RWKV_VERSIONS) {
    it(`goes on from onnxruntime's states of RWKV-${version}, and the other way round`, async () => {
      const simd = await SimdEngine.load(smallModel(version));
      const ort = await OrtEngine.load(smallModel(version), await loadWebRuntime());
      const random = new SeededRandom(5);
      const [first, second] = [randomTokens(random, 20), randomTokens(random, 20)];
      for (const [one, other] of [[simd, ort], [ort, simd]] as const) {
        assert.deepEqual(one.layout, other.layout);
        const state = RecurrentState.empty(one.layout);
        const [begun] = await one.forward([{ state, tokens: first }]);
        const [moved] = await other.forward([{ state: begun!.state, tokens: second }]);
        const [stayed] = await one.forward([{ state: begun!.state, tokens: second }]);
        assert.ok(maxDifference(moved!.logits, stayed!.logits) <= TOLERANCE);
        assert.ok(maxDifference(moved!.state.data, stayed!.state.data) <= TOLERANCE);
      }
      await Promise.all([simd.close(), ort.close()]);
    });
  }

  it("predicts text nearly as well in fewer bits, and says how many they are", async () => {
    const folder = await readModelFolder(new URL("../../models/tern-7m", import.meta.url).pathname);
    const text =
      "Once upon a time there was a little girl named Lucy. She had a cat. The cat sat on " +
      "the mat.\n\nUser: Hi! How are you?\n\nAssistant: I am fine, thank you. What is your name?";
    const vocabulary = await Deno.readFile(folder.vocabPath!);
    const tokenizer = await loadTokenizer(folder.config.tokenizer, vocabulary);
    const documents = [tokenizer.encode(text)];
    const nats = new Map<WeightFormat, number>();
    for (const weights of WEIGHT_FORMATS) {
      const engine = await loadFolderEngine(folder, { engine: "simd", weights });
      const [score] = await scoreDocuments(engine, documents, { endOfText: 0, batch: 1 });
      assert.match(engine.fingerprint, new RegExp(`/${weights}$`));
      nats.set(weights, score!);
      await engine.close();
    }
    const f32 = nats.get("f32")!;
    for (const [weights, most] of [["bf16", 2e-3], ["int8", 5e-3], ["int4", 3e-2]] as const) {
      const loss = nats.get(weights)! / f32 - 1;
      assert.ok(loss !== 0 && Math.abs(loss) < most, `${weights} is worse by ${loss}`);
    }
  });

  it("keeps what is no number in one sequence from the others", async () => {
    const engine = await SimdEngine.load(smallModel("7"));
    const state = RecurrentState.empty(engine.layout);
    const broken = new RecurrentState(engine.layout, state.data.slice().fill(NaN));
    const [expected] = await engine.forward([{ state, tokens: [1, 2, 3] }]);
    const results = await engine.forward([
      { state: broken, tokens: [1] },
      { state, tokens: [1, 2, 3] },
      { state: broken, tokens: [1, 2, 3, 4] },
    ]);
    assert.ok(results[0]!.logits.every(Number.isNaN));
    checkSame(results[1]!, expected!);
    await engine.close();
  });

  it("refuses shapes that its kernels cannot take", async () => {
    const shapes = [
      [{ ...SIZES, H: 4, N: 12 }, /^head_size is 12; the SIMD engine needs a multiple of 8$/],
      [{ ...SIZES, dw: 6 }, /^The input of blocks\.0\.att\.w2 is 6; .* a multiple of 4$/],
    ] as const;
    for (const [sizes, message] of shapes) {
      const checkpoint = new RandomCheckpoint({ version: "7", n_layer: 2, sizes });
      const error = await SimdEngine.load(checkpoint).catch((error) => error);
      assert.ok(error instanceof UnsupportedShapeError);
      assert.match(error.message, message);
    }
  });

  it("says that there is not enough memory before it reads anything", async () => {
    const checkpoint = new RandomCheckpoint({ ...SHAPE_0_1B, n_layer: 200 });
    const error = await SimdEngine.load(checkpoint).catch((error) => error);
    assert.ok(error instanceof OutOfMemoryError);
    assert.match(
      error.message,
      /^The model needs \d{4} MiB .* there can be 4096 MiB\. Weights that need less: bf16 \(\d+ MiB\), int8 \(\d+ MiB\), int4 \(\d+ MiB\)\. Set TERN_WEIGHTS=bf16$/,
    );
    assert.equal(checkpoint.generationMs, 0);
  });

  it("reads nothing after it was closed", async () => {
    const engine = await SimdEngine.load(smallModel("4"));
    await engine.close();
    const state = RecurrentState.empty(engine.layout);
    await assert.rejects(engine.forward([{ state, tokens: [1] }]), EngineStoppedError);
  });
});

function smallModel(version: RwkvVersion, weights: WeightFormat = "f32"): RandomCheckpoint {
  const sizes = weights === "int4" ? INT4_SIZES : SIZES;
  return new RandomCheckpoint({ version, n_layer: 2, sizes });
}

function randomTokens(random: SeededRandom, length: number): number[] {
  return Array.from({ length }, () => Math.floor(random.next() * SIZES.V));
}

/** Bit by bit. (A message with all differences would not fit into memory.) */
function checkSame(actual: ReadResult, expected: ReadResult): void {
  for (
    const [what, a, b] of [
      ["logit", actual.logits, expected.logits],
      ["number of the state", actual.state.data, expected.state.data],
    ] as const
  ) {
    assert.equal(a.length, b.length);
    const at = a.findIndex((x, i) => !Object.is(x, b[i]));
    assert.equal(at, -1, `${what} ${at} is ${a[at]}, not ${b[at]}`);
  }
}

async function readInSteps(engine: Engine, tokens: readonly number[]): Promise<ReadResult> {
  let result: ReadResult | undefined;
  for (const token of tokens) {
    const state = result?.state ?? RecurrentState.empty(engine.layout);
    [result] = await engine.forward([{ state, tokens: [token] }]);
  }
  return result!;
}
