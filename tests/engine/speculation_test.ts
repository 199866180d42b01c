import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import { compileSchema } from "../../src/constrain/json_schema/compile_schema.ts";
import type { Engine, ReadRequest } from "../../src/engine/engine.ts";
import type { GenerateOptions, Piece } from "../../src/engine/generate.ts";
import { Scheduler } from "../../src/engine/scheduler.ts";
import { SimdEngine } from "../../src/engine/simd/simd_engine.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { Fuzz } from "../fuzz.ts";

const FOLDER = new URL("../../models/tern-7m", import.meta.url).pathname;
const never = new AbortController().signal;

/** Text that says much twice, so that a model repeats it. */
const PROMPT = `User: My dog is called Rex. My dog is brown. My dog likes the sea.
My dog is called Rex. My dog is brown. My dog likes the

Assistant:`;

/** Counts the reads of several tokens of which all logits are wanted, and tokens of other reads. */
class Counting {
  ahead = 0;
  rows = 0;
  readonly engine: Engine;

  constructor(inner: SimdEngine) {
    const forward = (batch: readonly ReadRequest[]) => {
      for (const { onLogits, tokens } of batch) {
        if (onLogits !== undefined) this.ahead++;
        this.rows += tokens.length;
      }
      return inner.forward(batch);
    };
    this.engine = Object.assign(Object.create(inner), {
      config: inner.config,
      layout: inner.layout,
      modelFingerprint: inner.modelFingerprint,
      fingerprint: inner.fingerprint,
      chunkSize: inner.chunkSize,
      splitsExactly: true,
      forward,
      drop: (state: Parameters<Engine["drop"] & object>[0]) => inner.drop(state),
      close: () => Promise.resolve(),
    });
  }
}

describe("guessing tokens", () => {
  let inner: SimdEngine;
  let tokenizer: Tokenizer;

  beforeAll(async () => {
    tokenizer = await loadTokenizer("rwkv_world", await Deno.readFile(`${FOLDER}/vocab.txt`));
    const checkpoint = await openCheckpoint(await openFile(`${FOLDER}/model.safetensors`), "tern");
    inner = await SimdEngine.load(checkpoint, { weights: "int8" });
    checkpoint.close();
  });

  afterAll(() => inner.close());

  const optionsOf = (more: Partial<GenerateOptions> = {}, sampling = {}): GenerateOptions => ({
    prompt: tokenizer.encode(PROMPT),
    sampling: {
      temperature: 0.3,
      topP: 0.5,
      topK: 0,
      presencePenalty: 0,
      frequencyPenalty: 0,
      penaltyDecay: 0.996,
      seed: 1,
      ...sampling,
    },
    endOfText: 0,
    stop: ["\n\nUser:"],
    maxTokens: 80,
    signal: never,
    ...more,
  });

  /** All that comes of generations that run beside each other: pieces, ends and the bits of the states. */
  const outcomes = async (scheduler: Scheduler, all: readonly GenerateOptions[]) =>
    await Promise.all(all.map(async (options) => {
      const sequence = scheduler.open();
      const generation = sequence.generate(options);
      const pieces: Piece[] = [];
      let step = await generation.next();
      for (; !step.done; step = await generation.next()) pieces.push(step.value);
      const { data } = await sequence.state();
      sequence.close();
      return { pieces, end: step.value, data };
    }));

  /** Compares generations with guesses to the same ones without. Returns how many chunks were guessed. */
  const compare = async (...all: GenerateOptions[]): Promise<Counting> => {
    const [guessing, plain] = [new Counting(inner), new Counting(inner)];
    const on = await outcomes(
      new Scheduler(guessing.engine, tokenizer, { speculation: true }),
      all,
    );
    const off = new Scheduler(plain.engine, tokenizer, { speculation: false });
    assert.deepEqual(on, await outcomes(off, all));
    return guessing;
  };

  it("changes neither tokens, pieces nor the state", async () => {
    const { ahead } = await compare(optionsOf());
    assert.ok(ahead > 0, "nothing was guessed");
  });

  const cases: [what: string, more: Partial<GenerateOptions>, sampling: object][] = [
    ["greedily", {}, { temperature: 0 }],
    ["with penalties", {}, { presencePenalty: 0.5, frequencyPenalty: 0.4, repetitionPenalty: 1.1 }],
    ["with a bias", {}, { logitBias: [[47, 3], [300, -2]] }],
    ["with min-p, typical-p and top-k", {}, { minP: 0.05, typicalP: 0.9, topK: 20, topP: 0.9 }],
    ["at a high temperature", {}, { temperature: 1.5, topP: 1 }],
    ["with stop sequences that begin and do not come", { stop: [". My dog", "Rex.x", "\n\n"] }, {}],
    ["with logprobs", { topLogprobs: 3 }, {}],
    ["to a short limit", { maxTokens: 7 }, {}],
    ["with a least number of tokens", {}, { minTokens: 40 }],
    ["past its end", {}, { ignoreEnd: true }],
  ];
  for (const [what, more, sampling] of cases) {
    it(`changes nothing ${what}`, async () => {
      await compare(optionsOf(more, sampling));
    });
  }

  it("changes nothing beside other answers", async () => {
    const all = [1, 2, 3, 4].map((seed) => optionsOf({ maxTokens: 20 + 10 * seed }, { seed }));
    await compare(...all.slice(0, 2));
    await compare(...all);
  });

  const schema = {
    type: "object",
    properties: {
      customer_name: { enum: ["Sarah", "Samuel"] },
      number_of_dogs: { type: "integer", minimum: 0, maximum: 9 },
      favourite_colour: { type: "string", maxLength: 8 },
    },
    required: ["customer_name", "number_of_dogs", "favourite_colour"],
    additionalProperties: false,
  };

  for (const topLogprobs of [undefined, 2]) {
    it(`changes nothing that a grammar holds${topLogprobs ? ", with logprobs" : ""}`, async () => {
      const grammar = compileSchema(JSON.stringify(schema), schema);
      for (const seed of [1, 2, 3]) {
        const more = topLogprobs === undefined ? {} : { topLogprobs };
        await compare(optionsOf({ grammar, stop: [], ...more }, { seed, temperature: 1 }));
        await compare(optionsOf({ grammar, stop: [], maxTokens: 30, ...more }, { seed }));
      }
    });
  }

  it("changes nothing of an answer that goes on where another process left it", async () => {
    const [whole] = await outcomes(new Scheduler(inner, tokenizer, { speculation: true }), [
      optionsOf(),
    ]);
    const { tokens } = whole!.end;
    for (const length of [1, tokens.length >> 1, tokens.length - 1]) {
      const [again] = await outcomes(new Scheduler(inner, tokenizer), [
        optionsOf({ replay: tokens.slice(0, length) }),
      ]);
      assert.deepEqual(again!.pieces, whole!.pieces);
      assert.deepEqual(again!.data, whole!.data);
    }
  });

  it("changes nothing, whatever is asked for", async () => {
    const fuzz = new Fuzz("guessing tokens");
    const sentences = PROMPT.split(". ");
    for (let round = 0; round < 12; round++) {
      const text = Array.from({ length: 8 }, () => fuzz.pick(sentences)).join(". ");
      const sampling = {
        seed: round,
        temperature: fuzz.next() * 1.2,
        topP: fuzz.pick([0.2, 0.5, 1]),
        frequencyPenalty: fuzz.pick([0, 0, 0.3]),
        presencePenalty: fuzz.pick([0, 0, 0.3]),
      };
      await compare(optionsOf({
        prompt: tokenizer.encode(`User: ${text}\n\nAssistant:`),
        stop: fuzz.pick([["\n\nUser:"], ["dog", "x"], ["My dog is c"], []]),
        maxTokens: 1 + fuzz.below(60),
        ...fuzz.next() < 0.3 ? { topLogprobs: 1 } : {},
      }, sampling));
    }
  });
});
