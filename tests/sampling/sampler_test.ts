import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { NonFiniteLogitsError } from "../../src/sampling/non_finite_logits_error.ts";
import { Sampler, type SamplingOptions } from "../../src/sampling/sampler.ts";
import { samplerState } from "../../src/sampling/sampler_state.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";
import { Fuzz } from "../fuzz.ts";
import { referenceDistribution } from "./reference_distribution.ts";

const plain = {
  temperature: 1,
  topP: 1,
  topK: 0,
  presencePenalty: 0,
  frequencyPenalty: 0,
  penaltyDecay: 1,
  seed: 7,
} as const satisfies SamplingOptions;

function randomLogits(fuzz: Fuzz, size: number): Float32Array {
  const scale = fuzz.pick([0.1, 1, 3, 10]);
  const logits = Float32Array.from({ length: size }, () => fuzz.gaussian() * scale);
  // Ties, within a few steps of each other, and masks.
  if (fuzz.next() < 0.3) logits.forEach((logit, token) => logits[token] = Math.round(logit));
  if (fuzz.next() < 0.3) {
    for (let token = 1; token < size; token++) if (fuzz.next() < 0.5) logits[token] = -Infinity;
  }
  return logits;
}

function randomOptions(fuzz: Fuzz, size: number): SamplingOptions & { seed: number } {
  return {
    temperature: fuzz.pick([0, 0.01, 0.3, 1, 1, 2]),
    topP: fuzz.pick([0, 1, 1, fuzz.next(), fuzz.next(), fuzz.next()]),
    topK: fuzz.pick([0, 0, 1, 1 + fuzz.below(size), size * 2]),
    presencePenalty: fuzz.pick([0, 0.5, -0.5, 2]),
    frequencyPenalty: fuzz.pick([0, 0.2, -0.1]),
    penaltyDecay: fuzz.pick([0, 0.5, 0.996, 1]),
    // Half of the rounds are without what RWKV's own sampler does not have.
    ...fuzz.pick([{}, {
      minP: fuzz.pick([0, 0.01, fuzz.next(), 1]),
      typicalP: fuzz.pick([0, 1, 1, fuzz.next(), fuzz.next()]),
      repetitionPenalty: fuzz.pick([1, 1.1, 2, 0.8]),
      repeatLastN: fuzz.pick([0, 1, 3, 8, Infinity]),
    }]),
    seed: fuzz.below(2 ** 32),
  };
}

/** The token of the reference for a random number: the first at which the summed probability passes it. */
function pick(probabilities: readonly number[], target: number): number {
  let sum = 0;
  for (const [token, probability] of probabilities.entries()) {
    sum += probability;
    if (sum > target) return token;
  }
  return probabilities.findLastIndex((probability) => probability > 0);
}

describe("Sampler", () => {
  it("draws what the plain reference draws, penalties included", () => {
    const fuzz = new Fuzz("sampler against reference");
    for (let round = 0; round < 400; round++) {
      const size = fuzz.pick([1, 2, 7, 50, 400, 3_000]);
      const options = randomOptions(fuzz, size);
      const { presencePenalty, frequencyPenalty, penaltyDecay, temperature, topP } = options;
      const sampler = new Sampler(options);
      const random = new SeededRandom(options.seed);
      const counts = new Map<number, number>();
      const seen = Array.from({ length: fuzz.below(6) }, () => fuzz.below(size));
      sampler.see(seen);
      for (let step = 0; step < 10; step++) {
        const logits = randomLogits(fuzz, size);
        const probabilities = referenceDistribution(logits, options, counts, seen);
        const token = sampler.sample(logits);
        seen.push(token);
        const target = temperature === 0 || topP === 0 ? 0 : random.next();
        assert.equal(token, pick(probabilities, target), JSON.stringify({ options, step }));
        if (presencePenalty === 0 && frequencyPenalty === 0) continue;
        for (const [counted, count] of counts) {
          if (count * penaltyDecay > 0) counts.set(counted, count * penaltyDecay);
          else counts.delete(counted);
        }
        counts.set(token, (counts.get(token) ?? 0) + 1);
      }
    }
  });

  const distributions: [name: string, options: Partial<SamplingOptions>][] = [
    ["plain softmax", {}],
    ["a low temperature", { temperature: 0.6 }],
    ["a high temperature after top-p", { temperature: 1.8, topP: 0.9 }],
    ["top-k", { topK: 5 }],
    ["top-p and top-k", { topP: 0.95, topK: 12 }],
    ["min-p", { minP: 0.2 }],
    ["typical-p", { typicalP: 0.6 }],
    ["all truncations and a high temperature", {
      temperature: 1.5,
      topP: 0.97,
      topK: 20,
      minP: 0.05,
      typicalP: 0.8,
    }],
  ];
  for (const [name, options] of distributions) {
    it(`draws in the right proportions with ${name}`, () => {
      const all = { ...plain, ...options };
      const logits = Float32Array.from({ length: 40 }, (_, token) => 2 * Math.sin(token * token));
      const probabilities = referenceDistribution(logits, all);
      const draws = 20_000;
      const counts = new Array<number>(40).fill(0);
      const sampler = new Sampler(all);
      for (let i = 0; i < draws; i++) counts[sampler.sample(logits)]!++;
      let chiSquare = 0;
      let degrees = -1;
      probabilities.forEach((probability, token) => {
        if (probability === 0) return assert.equal(counts[token], 0);
        chiSquare += (counts[token]! - draws * probability) ** 2 / (draws * probability);
        degrees++;
      });
      // Mean and standard deviation of the chi-square distribution; the seed is fixed, so this cannot be bad luck.
      assert(
        chiSquare < degrees + 4 * Math.sqrt(2 * degrees),
        `${chiSquare} with ${degrees} degrees`,
      );
    });
  }

  it("keeps the tokens that tie with the last one top-p needs", () => {
    const sampler = new Sampler({ ...plain, topP: 0.5 });
    const logits = new Float32Array([1, 1, 1, 0]);
    const drawn = new Set(Array.from({ length: 200 }, () => sampler.sample(logits)));
    assert.deepEqual([...drawn].sort(), [0, 1, 2]);
  });

  it("keeps the lowest ids of the tokens that tie at top-k", () => {
    const sampler = new Sampler({ ...plain, topK: 2 });
    const logits = new Float32Array([0, 1, 0, 0]);
    const drawn = new Set(Array.from({ length: 200 }, () => sampler.sample(logits)));
    assert.deepEqual([...drawn].sort(), [0, 1]);
  });

  it("truncates before temperature, so a high temperature brings no token back", () => {
    const sampler = new Sampler({ ...plain, topP: 0.9, temperature: 100 });
    const logits = new Float32Array([3, 3, -1, -1]);
    const drawn = new Set(Array.from({ length: 200 }, () => sampler.sample(logits)));
    assert.deepEqual([...drawn].sort(), [0, 1]);
  });

  it("keeps with min-p what has a share of the likeliest token's probability", () => {
    const sampler = new Sampler({ ...plain, minP: 0.5 });
    const logits = Float32Array.from([1, 0.6, 0.4, 0.1], Math.log);
    const drawn = new Set(Array.from({ length: 200 }, () => sampler.sample(logits)));
    assert.deepEqual([...drawn].sort(), [0, 1]);
  });

  it("leaves out with typical-p a token that is too likely to be typical", () => {
    // The entropy is 1.55 nats: surprises of 1.61 are closer to it than one of 0.69 and those of 2.3 and more.
    const probabilities = [0.5, 0.2, 0.1, 0.1, 0.1];
    const sampler = new Sampler({ ...plain, typicalP: 0.15 });
    const logits = Float32Array.from(probabilities, Math.log);
    const drawn = new Set(Array.from({ length: 200 }, () => sampler.sample(logits)));
    assert.deepEqual([...drawn], [1]);
  });

  it("divides positive logits of seen tokens, and multiplies the others", () => {
    const best = (logits: number[], repetitionPenalty: number) => {
      const sampler = new Sampler({ ...plain, temperature: 0, repetitionPenalty });
      sampler.see([0]);
      return sampler.sample(Float32Array.from(logits));
    };
    assert.equal(best([3, 1.6], 1.5), 0);
    assert.equal(best([3, 1.6], 2), 1);
    assert.equal(best([-1, -1.6], 1.5), 0);
    assert.equal(best([-1, -1.6], 2), 1);
    assert.equal(best([1, 1.6], 0.5), 0);
  });

  it("applies the repetition penalty to the last tokens alone where that is asked for", () => {
    const options = { ...plain, temperature: 0, repetitionPenalty: 4, repeatLastN: 2 };
    const sampler = new Sampler(options);
    sampler.see([0, 0, 0]);
    const logits = new Float32Array([4, 3, 2]);
    // Once two other tokens follow, 0 is out of the window.
    assert.deepEqual(Array.from({ length: 6 }, () => sampler.sample(logits)), [1, 2, 0, 1, 2, 0]);
    const none = new Sampler({ ...options, repeatLastN: 0 });
    none.see([0]);
    assert.equal(none.sample(logits), 0);
  });

  it("ignores seen tokens that the logits do not have", () => {
    const sampler = new Sampler({ ...plain, temperature: 0, repetitionPenalty: 2 });
    sampler.see([9]);
    assert.equal(sampler.sample(new Float32Array([1, 2])), 1);
  });

  it("gives the same bits with neutral values as without them", () => {
    const fuzz = new Fuzz("neutral values");
    const neutral = { minP: 0, typicalP: 1, repetitionPenalty: 1, repeatLastN: 64, minTokens: 0 };
    for (let round = 0; round < 100; round++) {
      const options = {
        ...plain,
        temperature: fuzz.pick([0, 0.7, 1, 1.3]),
        topP: fuzz.pick([1, 0.8]),
        topK: fuzz.pick([0, 9]),
        frequencyPenalty: fuzz.pick([0, 0.3]),
        seed: fuzz.below(1e9),
      };
      const [before, after] = [new Sampler(options), new Sampler({ ...options, ...neutral })];
      after.see([1, 2, 3]);
      for (let step = 0; step < 10; step++) {
        const logits = randomLogits(fuzz, 60);
        assert.equal(after.sample(logits), before.sample(logits));
      }
      assert.deepEqual(after.save(), before.save());
    }
  });

  it("goes on from tokens that are replayed as from those that it chose", () => {
    const fuzz = new Fuzz("replay with penalties");
    for (let round = 0; round < 50; round++) {
      const options = randomOptions(fuzz, 30);
      const prompt = [1, 2, 3, 2];
      const [whole, replayed] = [new Sampler(options), new Sampler(options)];
      whole.see(prompt);
      replayed.see(prompt);
      const half = fuzz.below(20);
      for (let step = 0; step < 20; step++) {
        const logits = randomLogits(fuzz, 30);
        const token = whole.sample(logits);
        if (step < half) replayed.replay(token);
        else assert.equal(replayed.sample(logits), token);
      }
      assert.deepEqual(replayed.save(), whole.save());
    }
  });

  for (const greedy of [{ temperature: 0 }, { topP: 0 }]) {
    it(`takes the lowest of the likeliest ids with ${JSON.stringify(greedy)}, and no random number`, () => {
      const sampler = new Sampler({ ...plain, ...greedy });
      const before = sampler.save();
      assert.equal(sampler.sample(new Float32Array([0, 2, 1, 2])), 1);
      assert.deepEqual(sampler.save(), before);
    });
  }

  it("uses one random number a draw, however much is truncated", () => {
    for (const options of [{}, { topK: 1 }, { topP: 0.01 }, { minP: 1 }, { typicalP: 0.1 }]) {
      const sampler = new Sampler({ ...plain, ...options });
      const random = new SeededRandom(plain.seed);
      for (let i = 0; i < 5; i++) {
        sampler.sample(new Float32Array([1, 2, 3]));
        random.next();
      }
      assert.deepEqual(sampler.save().random, random.save());
    }
  });

  it("stays finite with temperatures and logits at the ends of their range", () => {
    const logits = new Float32Array([-3e38, 3e38, -Infinity]);
    for (const options of [{}, { topP: 0.9 }, { topK: 2 }, { minP: 0.1 }, { typicalP: 0.5 }]) {
      for (const temperature of [Number.MIN_VALUE, 1e-300, 1]) {
        assert.equal(new Sampler({ ...plain, ...options, temperature }).sample(logits), 1);
      }
      const hot = new Sampler({ ...plain, ...options, temperature: Number.MAX_VALUE });
      assert.notEqual(hot.sample(logits), 2);
    }
  });

  it("never chooses a masked token", () => {
    const fuzz = new Fuzz("masks");
    for (let round = 0; round < 300; round++) {
      const logits = new Float32Array(64).fill(-Infinity);
      const allowed = new Set(Array.from({ length: 1 + fuzz.below(3) }, () => fuzz.below(64)));
      for (const token of allowed) logits[token] = fuzz.gaussian() * 20;
      const token = new Sampler(randomOptions(fuzz, 64)).sample(logits);
      assert(allowed.has(token));
    }
  });

  it("takes presence and decayed frequency off the tokens generated before", () => {
    const sampler = new Sampler({
      ...plain,
      temperature: 0,
      presencePenalty: 0.5,
      frequencyPenalty: 1,
      penaltyDecay: 0.5,
    });
    const logits = new Float32Array([2, 1.2, 0]);
    // 0 costs 1.5 after the first token: 1 is next. Then 0 costs 0.5 + 0.5, so 1 against 1.2 - 1.5: 0 again. Then 0
    // costs 0.5 + 1.25, and 1 costs 0.5 + 0.5: 0.25 against 0.2. Then 0 costs 0.5 + 1.625: 1 is ahead.
    const tokens = Array.from({ length: 5 }, () => sampler.sample(logits));
    assert.deepEqual(tokens, [0, 1, 0, 0, 1]);
    assert.deepEqual(new Map(sampler.save().counts), new Map([[0, 0.8125], [1, 1.125]]));
  });

  it("forgets tokens whose count has decayed to nothing", () => {
    const sampler = new Sampler({ ...plain, temperature: 0, presencePenalty: 9, penaltyDecay: 0 });
    const logits = new Float32Array([2, 1]);
    assert.deepEqual(Array.from({ length: 4 }, () => sampler.sample(logits)), [0, 1, 0, 1]);
    assert.deepEqual(sampler.save().counts, [[1, 1]]);
  });

  it("adds biases to the logits, and ignores those of tokens that there are not", () => {
    const logits = new Float32Array([2, 1, 0]);
    const best = (logitBias: [number, number][]) =>
      new Sampler({ ...plain, temperature: 0, logitBias }).sample(logits);
    assert.equal(best([[0, -100]]), 1);
    assert.equal(best([[2, 100], [9, 1000]]), 2);
    assert.deepEqual(logits, new Float32Array([2, 1, 0]));
  });

  it("counts nothing while both penalties are 0", () => {
    const sampler = new Sampler(plain);
    sampler.sample(new Float32Array([1, 2]));
    assert.deepEqual(sampler.save().counts, []);
  });

  it("leaves the logits as they are", () => {
    const logits = new Float32Array([1, 2, 3, -Infinity]);
    const copy = logits.slice();
    const sampler = new Sampler({ ...plain, topP: 0.9, topK: 2, presencePenalty: 1 });
    for (let i = 0; i < 5; i++) sampler.sample(logits);
    assert.deepEqual(logits, copy);
  });

  it("takes logits of another length at any time", () => {
    const sampler = new Sampler({ ...plain, topP: 0.9, presencePenalty: 1 });
    for (const size of [5, 300, 5, 1]) {
      const token = sampler.sample(new Float32Array(size));
      assert(token < size);
    }
  });

  it("goes on from a saved state, sent as JSON, exactly as if never interrupted", () => {
    const fuzz = new Fuzz("save and restore");
    for (let round = 0; round < 50; round++) {
      const options = randomOptions(fuzz, 30);
      const steps = Array.from({ length: 20 }, () => randomLogits(fuzz, 30));
      const whole = new Sampler(options);
      const expected = steps.map((logits) => whole.sample(logits));
      const half = fuzz.below(20);
      const first = new Sampler(options);
      const tokens = steps.slice(0, half).map((logits) => first.sample(logits));
      const state = samplerState.parse(JSON.parse(JSON.stringify(first.save())));
      const second = Sampler.restore(options, state);
      tokens.push(...steps.slice(half).map((logits) => second.sample(logits)));
      assert.deepEqual(tokens, expected);
      assert.deepEqual(second.save(), whole.save());
    }
  });

  it("does not change a saved state", () => {
    const sampler = new Sampler({ ...plain, presencePenalty: 1 });
    sampler.sample(new Float32Array([1, 2]));
    const state = sampler.save();
    const copy = structuredClone(state);
    Sampler.restore({ ...plain, presencePenalty: 1 }, state).sample(new Float32Array([1, 2]));
    sampler.sample(new Float32Array([1, 2]));
    assert.deepEqual(state, copy);
  });

  const broken: [name: string, logits: number[], token: number | undefined][] = [
    ["NaN", [1, NaN, 2], 1],
    ["+Infinity", [1, 2, Infinity], 2],
    ["only masks", [-Infinity, -Infinity], undefined],
    ["nothing", [], undefined],
  ];
  for (const [name, logits, token] of broken) {
    it(`refuses logits with ${name} and stays as it was`, () => {
      for (const options of [{}, { temperature: 0 }, { topP: 0.5 }]) {
        const sampler = new Sampler({ ...plain, ...options });
        const before = sampler.save();
        assert.throws(() => sampler.sample(Float32Array.from(logits)), (error) => {
          assert(error instanceof NonFiniteLogitsError);
          assert.equal(error.token, token);
          return true;
        });
        assert.deepEqual(sampler.save(), before);
      }
    });
  }
});

describe("samplerState", () => {
  const state = { random: [1, -2, 3, -4], counts: [[5, 0.5]] };
  const broken: [name: string, state: unknown][] = [
    ["without a generator", { counts: [] }],
    ["with three words", { ...state, random: [1, 2, 3] }],
    ["with a word that is no 32-bit integer", { ...state, random: [1, 2, 3, 2 ** 31] }],
    ["with a negative token", { ...state, counts: [[-1, 1]] }],
    ["with a seen token that is none", { ...state, seen: [0.5] }],
    ["with a count of 0", { ...state, counts: [[1, 0]] }],
  ];

  it("accepts what a sampler saves", () => {
    assert(samplerState.safeParse(state).success);
  });

  for (const [name, value] of broken) {
    it(`refuses a state ${name}`, () => {
      assert(!samplerState.safeParse(value).success);
    });
  }
});
