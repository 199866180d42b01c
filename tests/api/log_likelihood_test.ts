import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { scoreDocuments } from "../../scripts/eval/score.ts";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import { SimdEngine } from "../../src/engine/simd/simd_engine.ts";
import { tokenLogprobs } from "../../src/sampling/token_logprobs.ts";
import { chunksOf } from "./harness.ts";
import { deploy, type Deployment, loadModel, type Model } from "../assembled_model.ts";

const never = new AbortController().signal;
const STORY = "Once upon a time there was a little girl called Lily. She had a red ball, and she " +
  "played with it in the garden every day. One day the ball rolled under a bush — “Oh no!” 😀 ";
const END = 0;

interface Logprobs {
  readonly tokens: readonly string[];
  readonly token_logprobs: readonly (number | null)[];
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
  readonly text_offset: readonly number[];
}

interface Choice {
  readonly index: number;
  readonly text: string;
  readonly logprobs: Logprobs;
  readonly finish_reason: string;
}

const sum = (values: readonly (number | null)[]) => values.reduce<number>((a, b) => a + b!, 0);

/** What lm-evaluation-harness makes of a reply: `LocalCompletionsAPI.parse_logprobs`. */
function parseLogprobs(choices: readonly Choice[], contexts: readonly number[]) {
  return choices.toSorted((a, b) => a.index - b.index).map(({ logprobs }, i) => {
    const own = logprobs.token_logprobs.slice(contexts[i], -1);
    const top = logprobs.top_logprobs.slice(contexts[i], -1);
    const isGreedy = own.every((logprob, at) =>
      logprob === Math.max(...Object.values(top[at] ?? {}))
    );
    return { logprob: sum(own), isGreedy };
  });
}

describe("echo with logprobs", () => {
  let model: Model;
  let server: Deployment;

  beforeAll(async () => {
    model = await loadModel();
    server = deploy(model);
  });

  afterAll(() => model.inference.close());

  async function complete(fields: object): Promise<Choice[]> {
    const reply = await server.post("/v1/completions", { model: "tern-7m", echo: true, ...fields });
    const json = await reply.json();
    assert.equal(reply.status, 200, JSON.stringify(json));
    return json.choices;
  }

  /** The logarithms of the probabilities of tokens from the second on, one read a token. */
  async function expected(tokens: readonly number[]): Promise<number[]> {
    const sequence = model.inference.open();
    const logprobs: number[] = [];
    for (const [at, token] of tokens.slice(0, -1).entries()) {
      const logits = await sequence.read([token], never);
      logprobs.push(tokenLogprobs(logits, tokens[at + 1]!, 0).logprob);
    }
    sequence.close();
    return logprobs;
  }

  it("tells of each token of a prompt what reading it token by token tells", async () => {
    const tokens = model.tokenizer.encode(STORY.repeat(4));
    assert(tokens.length > 200, "more than the engine reads in one run");
    for (const max_tokens of [0, 1]) {
      const [choice] = await complete({ prompt: tokens, max_tokens, logprobs: 2, temperature: 0 });
      const { token_logprobs: [first, ...told], tokens: texts, top_logprobs, text_offset } =
        choice!.logprobs;
      assert.equal(first, null);
      assert.equal(top_logprobs[0], null);
      assert.deepEqual(told.slice(0, tokens.length - 1), await expected(tokens));
      assert.equal(texts.length, tokens.length + max_tokens);
      assert.equal(top_logprobs.length, texts.length);
      assert.equal(choice!.finish_reason, "length");
      assert(choice!.text.startsWith(STORY));
      // Every token that is whole characters stands at its offset.
      for (const [i, text] of texts.entries()) {
        if (text.startsWith("bytes:")) continue;
        const at = text_offset[i]!;
        assert.equal(choice!.text.slice(at, at + text.length), text);
      }
      assert(texts.some((text) => text.startsWith("bytes:\\x")), "an emoji of several tokens");
    }
  });

  it("gives a document the likelihood that `deno task eval` gives it", async () => {
    const folder = new URL("../../models/tern-7m/", import.meta.url).pathname;
    const checkpoint = await openCheckpoint(
      await openFile(`${folder}model.safetensors`),
      "tern-7m",
    );
    const engine = await SimdEngine.load(checkpoint, { weights: "int8" });
    checkpoint.close();
    const documents = [STORY, "Hi!", STORY.slice(0, 60).repeat(3)]
      .map((text) => model.tokenizer.encode(text));
    const nats = await scoreDocuments(engine, documents, { endOfText: END, batch: 8 });
    await engine.close();
    const prompt = documents.map((tokens) => [END, ...tokens, END]);
    const choices = await complete({ prompt, max_tokens: 0, logprobs: 0 });
    for (const [i, { logprobs }] of choices.entries()) {
      const told = sum(logprobs.token_logprobs.slice(1));
      assert(Math.abs(told + nats[i]!) < 1e-9 * nats[i]!, `${told} against ${nats[i]}`);
    }
  });

  it("answers a multiple choice as an evaluation harness asks for it", async () => {
    const context = "User: Hi! My name is Sarah.\n\nAssistant: Hello,";
    const endings = [" Sarah!", " banana!", " 😀 the", "xq zj"];
    const encode = (text: string) => model.tokenizer.encode(text);
    const all = endings.map((ending) => [...encode(context), ...encode(ending)]);
    const contexts = all.map(() => encode(context).length);
    const asked = { max_tokens: 1, logprobs: 1, temperature: 0, seed: 1234 };
    const results = parseLogprobs(await complete({ prompt: all, ...asked }), contexts);
    for (const [i, tokens] of all.entries()) {
      const own = (await expected(tokens)).slice(contexts[i]! - 1);
      assert.equal(results[i]!.logprob, sum(own));
      // One at a time it is the same.
      const [alone] = parseLogprobs(await complete({ prompt: tokens, ...asked }), [contexts[i]!]);
      assert.deepEqual(alone, results[i]);
    }
    const likeliest = results.toSorted((a, b) => b.logprob - a.logprob)[0];
    assert.equal(likeliest, results[0]);
    // What the model would say itself is found to be greedy.
    const [said] = await complete({ prompt: context, max_tokens: 3, temperature: 0, logprobs: 1 });
    const own = encode(said!.text);
    const [greedy] = parseLogprobs(await complete({ prompt: own, ...asked }), [contexts[0]!]);
    assert(greedy!.isGreedy);
    assert(!results[3]!.isGreedy);
  });

  it("tells of the token that ends the answer, and of one that is part of a character", async () => {
    const prompt = "Hello";
    const length = model.tokenizer.encode(prompt).length;
    for (const [token, name] of [[END, ""], [0xf0 + 1, "bytes:\\xf0"]] as const) {
      const [choice] = await complete({
        prompt,
        max_tokens: 1,
        logprobs: 1,
        logit_bias: { [token]: 100 },
      });
      assert.equal(choice!.text, prompt);
      assert.equal(choice!.logprobs.tokens.length, length + 1);
      assert.equal(choice!.logprobs.tokens.at(-1), name);
      assert(name in choice!.logprobs.top_logprobs.at(-1)!);
    }
  });

  it("tells of the tokens of a stop sequence", async () => {
    const [choice] = await complete({
      prompt: "Hello",
      stop: ["zzz"],
      max_tokens: 9,
      logprobs: 0,
      logit_bias: { [model.tokenizer.encode("z")[0]!]: 100 },
    });
    assert.equal(choice!.text, "Hello");
    assert.equal(choice!.finish_reason, "stop");
    assert.equal(choice!.logprobs.tokens.join(""), "Hellozzz");
  });

  it("streams the same", async () => {
    const fields = { model: "tern-7m", prompt: [STORY, "a"], echo: true, logprobs: 1, seed: 5 };
    const asked = { ...fields, max_tokens: 12, temperature: 1 };
    const whole = await complete(asked);
    const reply = await server.post("/v1/completions", { ...asked, stream: true });
    const chunks = (await chunksOf(reply)).slice(0, -1)
      .map((event) => JSON.parse(event.slice("data: ".length)).choices[0] as Choice);
    for (const { index, text, logprobs } of whole) {
      const own = chunks.filter((chunk) => chunk.index === index);
      assert.equal(own.map((chunk) => chunk.text).join(""), text);
      for (const list of ["tokens", "token_logprobs", "top_logprobs", "text_offset"] as const) {
        assert.deepEqual(
          own.flatMap<unknown>(({ logprobs }) => logprobs?.[list] ?? []),
          logprobs[list],
        );
      }
    }
  });

  it("takes many prompts, and gives each answer its index", async () => {
    const prompt = Array.from({ length: 40 }, (_, i) => `${i} apples and`);
    const choices = await complete({ prompt, n: 2, max_tokens: 2, logprobs: 0, seed: 1 });
    assert.deepEqual(choices.map(({ index }) => index), [...Array(80).keys()]);
    for (const { index, text } of choices) {
      assert(text.startsWith(`${Math.floor(index / 2)} apples and`));
    }
  });

  it("keeps the answers that are likeliest by their tokens", async () => {
    const asked = { prompt: "Once upon", max_tokens: 6, temperature: 1.5, top_p: 1, seed: 3 };
    const mean = ({ logprobs: { token_logprobs } }: Choice) =>
      sum(token_logprobs) / token_logprobs.length;
    const all = await complete({ ...asked, echo: false, logprobs: 0, n: 6 });
    const best = await complete({ ...asked, echo: false, logprobs: 0, n: 2, best_of: 6 });
    const sorted = all.toSorted((a, b) => mean(b) - mean(a)).slice(0, 2);
    assert.deepEqual(best.map(({ text }) => text), sorted.map(({ text }) => text));
    const [plain] = await complete({ ...asked, echo: false, best_of: 6 });
    assert.equal(plain!.text, sorted[0]!.text);
    assert.equal(plain!.logprobs, null);
  });
});
