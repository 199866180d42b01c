import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import {
  type Engine,
  InvalidTokenError,
  NoTokensError,
  type ReadResult,
} from "../../src/engine/engine.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { Oracle } from "../rwkv/interpreter.ts";
import { hasShared, shared } from "../shared.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";
import {
  type GoldenCase,
  maxDifference,
  MODELS,
  openShared,
  readGoldens,
  TOLERANCE,
} from "./goldens.ts";

/** The version with the fewest parts, and the one with the most. */
const SMALL = "conformance/models/random-rwkv-7.f32.pth";

/**
 * What every engine must do: give the goldens' logits, in float32 within 1e-4, however a sequence is cut (I1).
 */
export function engineSuite(name: string, load: (checkpoint: Checkpoint) => Promise<Engine>): void {
  const open = async (file: string): Promise<Engine> => {
    const checkpoint = await openShared(file);
    try {
      return await load(checkpoint);
    } finally {
      checkpoint.close();
    }
  };

  describe(`${name}: conformance`, { ignore: !hasShared }, () => {
    for (const { file, goldens } of MODELS) {
      it(`${file} gives the expected logits, step by step, as a sequence, and in any split`, async () => {
        const cases = goldens === undefined
          ? await oracleCases(file)
          : await readGoldens(shared(`conformance/goldens/${goldens}.json`));
        await checkCases(await open(file), cases);
      });
    }

    it("the embedded model gives the expected logits", async () => {
      await checkCases(
        await open("model/model.safetensors"),
        await readGoldens(shared("model/goldens.json")),
      );
    });
  });

  describe(`${name}: forward`, { ignore: !hasShared }, () => {
    it("leaves the states that it is given as they are, and shares no memory between results", async () => {
      const engine = await open(SMALL);
      try {
        const state = (await read(engine, undefined, [1, 2, 3])).state;
        const before = state.data.slice();
        const [a, b] = await engine.forward([{ state, tokens: [4] }, { state, tokens: [4] }]);
        assert.deepEqual(state.data, before);
        assert.deepEqual(a!.state.data, b!.state.data);
        a!.state.data.fill(0);
        a!.logits.fill(0);
        assert.notDeepEqual(a!.state.data, b!.state.data);
        assert.notDeepEqual(a!.logits, b!.logits);
      } finally {
        await engine.close();
      }
    });

    it("gives each of a batch of mixed lengths the bits that it gives alone", async () => {
      for (const file of [SMALL, "conformance/models/random-rwkv-4.f32.pth"]) {
        const engine = await open(file);
        try {
          const random = new SeededRandom(7);
          const lengths = [1, 130, 1, 64, 3, 64, 65, 1, 1, 2, 130, 1];
          const reads = lengths.map((length) => randomTokens(random, length, engine));
          const state = RecurrentState.empty(engine.layout);
          const together = await engine.forward(reads.map((tokens) => ({ state, tokens })));
          for (const [i, tokens] of reads.entries()) {
            const alone = await read(engine, undefined, tokens);
            assert.deepEqual(together[i]!.logits, alone.logits);
            assert.deepEqual(together[i]!.state.data, alone.state.data);
          }
        } finally {
          await engine.close();
        }
      }
    });

    it("tells the logits after each token, with the bits of a read that ends there", async () => {
      for (const file of [SMALL, "conformance/models/random-rwkv-4.f32.pth"]) {
        const engine = await open(file);
        try {
          const random = new SeededRandom(8);
          const { vocab_size: V } = engine.config;
          const reads = [130, 1, 9, 64, 2].map((length) => ({
            state: RecurrentState.empty(engine.layout),
            tokens: Array.from({ length }, () => Math.floor(random.next() * V)),
          }));
          const told = reads.map((): Float32Array[] => []);
          const results = await engine.forward(reads.map((read, i) => {
            // One of them wants its last logits alone.
            if (i === 2) return read;
            const onLogits = (logits: Float32Array, index: number) => {
              assert.equal(index, told[i]!.length);
              told[i]!.push(logits.slice());
            };
            return { ...read, onLogits };
          }));
          for (const [i, { state, tokens }] of reads.entries()) {
            let at = state;
            assert.equal(told[i]!.length, i === 2 ? 0 : tokens.length - 1);
            for (const [index, token] of tokens.entries()) {
              const step = await read(engine, at, [token]);
              at = step.state;
              if (i === 2) continue;
              const last = index === tokens.length - 1;
              assert.deepEqual(last ? results[i]!.logits : told[i]![index], step.logits);
            }
            // With RWKV-4 only reads of one token have the bits of each other, on engines that split them.
            if (i !== 2) assert.deepEqual(results[i]!.state.data, at.data);
          }
        } finally {
          await engine.close();
        }
      }
    });

    it("refuses tokens outside the vocabulary, and no tokens", async () => {
      const engine = await open(SMALL);
      try {
        for (const token of [-1, engine.config.vocab_size, 1.5, NaN]) {
          await assert.rejects(read(engine, undefined, [0, token]), InvalidTokenError);
        }
        await assert.rejects(read(engine, undefined, []), NoTokensError);
      } finally {
        await engine.close();
      }
    });

    it("names the model by its weights, whatever file they come in", async () => {
      const engines = await Promise.all(
        ["pth", "safetensors"].map((end) =>
          open(`conformance/models/tiny-rwkv-7v0-834K.f32.${end}`)
        ),
      );
      const other = await open(SMALL);
      assert.equal(engines[0]!.modelFingerprint, engines[1]!.modelFingerprint);
      assert.notEqual(engines[0]!.modelFingerprint, other.modelFingerprint);
      assert.match(engines[0]!.fingerprint, new RegExp(`^${engines[0]!.modelFingerprint}/.+`));
      for (const engine of [...engines, other]) await engine.close();
    });
  });
}

/** For weights that were rounded after the goldens were made: what the float64 oracle makes of them. */
async function oracleCases(file: string): Promise<GoldenCase[]> {
  const checkpoint = await openShared(file);
  const oracle = await Oracle.load(checkpoint);
  checkpoint.close();
  const random = new SeededRandom(3);
  return [3, 70].map((length) => {
    const tokens = Array.from({ length }, () => Math.floor(random.next() * 256));
    oracle.reset();
    return { source: "oracle", tokens, logits: [...oracle.read(tokens)] };
  });
}

/** Holds an engine against its goldens, step by step, as a sequence and in a random split; then closes it. */
export async function checkCases(engine: Engine, cases: readonly GoldenCase[]): Promise<void> {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  const random = new SeededRandom(seed);
  try {
    for (const golden of cases) {
      const { tokens } = golden;
      const splits = {
        steps: tokens.map(() => 1),
        sequence: [tokens.length],
        "random split": randomSplit(random, tokens.length),
      };
      for (const [how, lengths] of Object.entries(splits)) {
        const result = await readSplit(engine, tokens, lengths);
        const what = `${how} of ${tokens.length} tokens, seed ${seed}`;
        checkClose(`logits, ${what}`, result.logits, golden.logits);
        if (golden.state_l2 !== undefined) checkStateNorms(what, result.state, golden.state_l2);
      }
    }
  } finally {
    await engine.close();
  }
}

function checkClose(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  const difference = maxDifference(actual, expected);
  assert.ok(difference <= TOLERANCE, `${what}: off by ${difference}`);
}

/** The goldens hold an L2 norm for each layer, in float32: compared relative to its size. */
function checkStateNorms(what: string, state: RecurrentState, expected: readonly number[]): void {
  for (const [layer, norm] of expected.entries()) {
    const values = [...state.shift(layer), ...state.wkv(layer)].map((x) => Math.max(x, -1e4));
    const actual = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
    assert.ok(
      Math.abs(actual - norm) <= 1e-5 * norm,
      `state of layer ${layer}, ${what}: ${actual}`,
    );
  }
}

async function readSplit(
  engine: Engine,
  tokens: readonly number[],
  lengths: readonly number[],
): Promise<ReadResult> {
  let result: ReadResult | undefined;
  let at = 0;
  for (const length of lengths) {
    result = await read(engine, result?.state, tokens.slice(at, at + length));
    at += length;
  }
  return result!;
}

async function read(
  engine: Engine,
  state: RecurrentState | undefined,
  tokens: readonly number[],
): Promise<ReadResult> {
  const [result] = await engine.forward([
    { state: state ?? RecurrentState.empty(engine.layout), tokens },
  ]);
  return result!;
}

function randomTokens(random: SeededRandom, length: number, engine: Engine): number[] {
  return Array.from({ length }, () => Math.floor(random.next() * engine.config.vocab_size));
}

function randomSplit(random: SeededRandom, length: number): number[] {
  const lengths: number[] = [];
  for (let left = length; left > 0;) {
    const next = 1 + Math.floor(random.next() * Math.min(left, 40));
    lengths.push(next);
    left -= next;
  }
  return lengths;
}
