import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { deploy, type Deployment, loadModel, type Model } from "../assembled_model.ts";

/** What of an API has an answer. */
interface Api {
  readonly path: string;
  readonly body: object;
  /** The name of the limit. */
  readonly limit: string;
  readonly textOf: (reply: Reply) => string;
  readonly reasonOf: (reply: Reply) => string | undefined;
}

interface Reply {
  readonly choices: readonly {
    readonly text: string;
    readonly message: { readonly content: string };
    readonly finish_reason: string;
  }[];
  readonly output: readonly { readonly content: readonly { readonly text: string }[] }[];
  readonly status: string;
}

const APIS: Readonly<Record<string, Api>> = {
  "chat completions": {
    path: "/v1/chat/completions",
    body: { messages: [{ role: "user", content: "Tell me a story about a ball." }] },
    limit: "max_tokens",
    textOf: ({ choices: [choice] }) => choice!.message.content,
    reasonOf: ({ choices: [choice] }) => choice!.finish_reason,
  },
  "responses": {
    path: "/v1/responses",
    body: { input: "Tell me a story about a ball.", store: false },
    limit: "max_output_tokens",
    textOf: ({ output: [item] }) => item!.content[0]!.text,
    reasonOf: ({ status }) => status === "incomplete" ? "length" : "stop",
  },
  "completions": {
    path: "/v1/completions",
    body: { prompt: "User: Tell me a story about a ball.\n\nAssistant:" },
    limit: "max_tokens",
    textOf: ({ choices: [choice] }) => choice!.text,
    reasonOf: ({ choices: [choice] }) => choice!.finish_reason,
  },
};

const NEUTRAL = {
  top_k: 0,
  min_p: 0,
  typical_p: 1,
  repetition_penalty: 1,
  repeat_last_n: 64,
  min_tokens: 0,
  ignore_eos: false,
  stop: [""],
  mirostat: 0,
  dry_multiplier: 0,
  xtc_probability: 0,
};

describe("sampling over HTTP", () => {
  let model: Model;
  let server: Deployment;

  beforeAll(async () => {
    model = await loadModel();
    server = deploy(model, { env: { TERN_MAX_TOKENS: "60" } });
  });

  afterAll(() => model.inference.close());

  for (const [name, { path, body, limit, textOf, reasonOf }] of Object.entries(APIS)) {
    const ask = async (fields: object) => {
      const drawn = { temperature: 1.3, top_p: 1, seed: 4, [limit]: 40, ...fields };
      const reply = await server.post(path, { model: "tern-7m", ...body, ...drawn });
      const json = await reply.json();
      assert.equal(reply.status, 200, JSON.stringify(json));
      return { text: textOf(json), reason: reasonOf(json) };
    };

    it(`gives the same answer in ${name} with neutral values as without them`, async () => {
      assert.deepEqual(await ask(NEUTRAL), await ask({}));
    });

    it(`honours each parameter in ${name}`, async () => {
      const plain = await ask({});
      const greedy = await ask({ temperature: 0 });
      for (const one of [{ top_k: 1 }, { min_p: 1 }, { top_p: 0 }]) {
        assert.deepEqual(await ask(one), greedy, JSON.stringify(one));
      }
      for (
        const [one, other] of [
          [{ typical_p: 0.3 }, { typical: 0.3 }],
          [{ repetition_penalty: 1.8 }, { repeat_penalty: 1.8 }],
          [{ frequency_penalty: 2, penalty_decay: 0.9 }, { alpha_frequency: 2, alpha_decay: 0.9 }],
          [{ presence_penalty: 2 }, { alpha_presence: 2 }],
          [{ temperature: 4, top_k: 8 }, { temperature: 4, top_k: 8, min_p: null }],
        ] as const
      ) {
        const answer = await ask(one);
        assert.notDeepEqual(answer, plain, JSON.stringify(one));
        assert.deepEqual(await ask(other), answer, JSON.stringify(other));
      }
      // The prompt is seen: its words are as good as forbidden.
      const seen = await ask({ temperature: 0, repetition_penalty: 100 });
      assert(!/ story| ball/i.test(seen.text), seen.text);
      assert.notDeepEqual(
        await ask({ temperature: 0, repetition_penalty: 100, repeat_last_n: 1 }),
        seen,
      );
      assert.deepEqual(await ask({ repetition_penalty: 100, repeat_last_n: 0 }), plain);
    });

    it(`ends an answer in ${name} where it is told to`, async () => {
      const empty = await ask({ [limit]: 0 });
      assert.deepEqual(empty, { text: "", reason: "length" });
      const endless = { ignore_eos: true, temperature: 0 };
      const whole = await ask({ ...endless, [limit]: -1 });
      assert.equal(whole.reason, "length");
      const encode = (text: string) => model.tokenizer.encode(text).length;
      assert(encode(whole.text) > 45, "the server's limit is 60");
      assert.deepEqual(await ask({ ...endless, [limit]: 9_999 }), whole);
      assert.deepEqual(await ask({ ...endless, [limit]: 60 }), whole);
      const word = whole.text.split(" ").at(6)!;
      const stops = [...Array.from({ length: 15 }, (_, i) => `zz${i}`), word];
      const stopped = await ask({ ...endless, stop: stops });
      assert.equal(stopped.reason, "stop");
      assert.equal(stopped.text, whole.text.slice(0, whole.text.indexOf(word)));
      const later = await ask({ ...endless, stop: stops, min_tokens: 30 });
      assert(later.text.length > stopped.text.length);
    });
  }

  it("goes on elsewhere with the tokens that it would have chosen here", async () => {
    const store = new MemoryStore();
    const [here, there] = [deploy(model, { store }), deploy(model, { store })];
    const request = {
      model: "tern-7m",
      input: "Tell me a story about a ball.",
      temperature: 1.4,
      top_p: 0.98,
      min_p: 0.01,
      typical_p: 0.97,
      repetition_penalty: 1.2,
      repeat_last_n: 16,
      frequency_penalty: 0.3,
      penalty_decay: 0.95,
      min_tokens: 30,
      max_output_tokens: 60,
      seed: 8,
    };
    const { output: [item] } = await (await here.post("/v1/responses", request)).json();
    const whole = item.content[0].text;

    const reply = await here.post("/v1/responses", { ...request, stream: true });
    const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
    let seen = "";
    while ((seen.match(/output_text\.delta/g) ?? []).length < 8) {
      seen += (await reader.read()).value ?? assert.fail("it ended before it was left");
    }
    const id = seen.match(/resp_\w+/)![0];
    await reader.cancel();
    await here.responses.settled();
    const rest = await (await there.call("alpha", "GET", `/v1/responses/${id}?stream=true`)).text();
    const deltas = [...rest.matchAll(/^data: (\{.*output_text\.delta.*\})$/gm)]
      .map(([, data]) => JSON.parse(data!).delta);
    assert.equal(deltas.join(""), whole);
  });
});
