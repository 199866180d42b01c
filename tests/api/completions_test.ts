import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { errorOf } from "../error_of.ts";
import { chunksOf, harness } from "./harness.ts";

const body = (fields: object = {}) => ({ model: "tern-test", prompt: "Once", ...fields });

const REFUSED: readonly (readonly [object, string])[] = [
  [{ prompt: undefined }, "prompt"],
  [{ prompt: "" }, "prompt"],
  [{ prompt: [] }, "prompt"],
  [{ prompt: {} }, "prompt"],
  [{ prompt: "\ud800" }, "prompt"],
  [{ prompt: [1_000_000] }, "prompt"],
  [{ max_tokens: -3 }, "max_tokens"],
  [{ max_tokens: "5" }, "max_tokens"],
  [{ n: 129 }, "n"],
  [{ n: 120, prompt: Array(18).fill("a") }, "n"],
  [{ n: 1, best_of: 120, prompt: Array(18).fill("a") }, "best_of"],
  [{ logprobs: 21 }, "logprobs"],
  [{ logprobs: true }, "logprobs"],
  [{ echo: 1 }, "echo"],
  [{ suffix: "end" }, "suffix"],
  [{ best_of: 2, n: 3 }, "best_of"],
  [{ best_of: 2, stream: true }, "best_of"],
  [{ user: 1 }, "user"],
  [{ stop: "" }, "stop"],
  [{ stop: Array(17).fill("a") }, "stop"],
  [{ stream_options: {} }, "stream_options"],
  [{ messages: [] }, "messages"],
];

describe("legacy completions", () => {
  it("go on with each prompt as it is", async () => {
    const { post, chat } = harness();
    const prompt = ["Ab", "c"];
    const reply = await post("/v1/completions", body({ prompt, n: 2, echo: true, stop: "x" }));
    const { choices, usage, object, id } = await reply.json();
    assert.equal(object, "text_completion");
    assert.match(id, /^cmpl-/);
    assert.deepEqual(
      choices.map(({ text, index }: { text: string; index: number }) => [index, text]),
      ["Ab", "Ab", "c", "c"].map((text, index) => [index, `${text}Hello, world`]),
    );
    assert.equal(usage.prompt_tokens, 3);
    assert.equal(usage.completion_tokens, 12);
    const [first, , third] = chat.requests;
    assert.deepEqual(first?.prompt, [...new TextEncoder().encode("Ab")]);
    assert.deepEqual(third?.prompt, [99]);
    assert.deepEqual([first?.messages, first?.maxTokens, first?.stop], [[], 16, ["x"]]);
    await post("/v1/completions", body({ prompt: [104, 105] }));
    assert.deepEqual(chat.request.prompt, [104, 105]);
  });

  it("stream the same text, with how likely it was", async () => {
    const pieces = ["ab", "c"];
    const logprobs = [
      [{ token: 97, logprob: -1, top: [{ token: 97, logprob: -1 }] }, {
        token: 98,
        logprob: -2,
        top: [],
      }],
      [{ token: 99, logprob: -Infinity, top: [] }],
    ];
    const { post } = harness({ script: { pieces, logprobs } });
    const asked = { logprobs: 1 };
    const whole = await (await post("/v1/completions", body(asked))).json();
    assert.deepEqual(whole.choices[0].logprobs, {
      tokens: ["a", "b", "c"],
      token_logprobs: [-1, -2, -9999],
      top_logprobs: [{ a: -1 }, { b: -2 }, { c: -9999 }],
      text_offset: [0, 1, 2],
    });
    const reply = await post(
      "/v1/completions",
      body({ ...asked, stream: true, stream_options: { include_usage: true } }),
    );
    const events = await chunksOf(reply);
    assert.equal(events.at(-1), "data: [DONE]\n\n");
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice("data: ".length)));
    const choices = chunks.flatMap(({ choices }) => choices);
    assert.equal(choices.map(({ text }) => text).join(""), "abc");
    assert.deepEqual(
      choices.flatMap(({ logprobs }) => logprobs?.text_offset ?? []),
      whole.choices[0].logprobs.text_offset,
    );
    assert.equal(choices.at(-1).finish_reason, "stop");
    assert.deepEqual(chunks.at(-1).usage, whole.usage);
  });

  it("ask how likely the prompt was only if it is echoed", async () => {
    const { post, chat } = harness();
    const asked = async (fields: object) => {
      await post("/v1/completions", body(fields));
      const { topLogprobs, tellPrompt, maxTokens } = chat.request;
      return { topLogprobs, tellPrompt, maxTokens };
    };
    const none = { topLogprobs: undefined, tellPrompt: undefined };
    assert.deepEqual(await asked({ echo: true }), { ...none, maxTokens: 16 });
    assert.deepEqual(await asked({ logprobs: 3 }), {
      topLogprobs: 3,
      tellPrompt: undefined,
      maxTokens: 16,
    });
    assert.deepEqual(await asked({ logprobs: 0, echo: true, max_tokens: 0, suffix: "" }), {
      topLogprobs: 0,
      tellPrompt: true,
      maxTokens: 0,
    });
    assert.deepEqual(await asked({ best_of: 2, max_tokens: -1 }), {
      topLogprobs: 0,
      tellPrompt: undefined,
      maxTokens: 2_000,
    });
  });

  it("run no more than eight turns of a request at a time", async () => {
    const gates: PromiseWithResolvers<string>[] = [];
    const { post, chat } = harness();
    const script = () => {
      const gate = Promise.withResolvers<string>();
      gates.push(gate);
      return { pieces: [gate.promise] };
    };
    const begin = chat.begin.bind(chat);
    chat.begin = (request) => {
      chat.script = script();
      return begin(request);
    };
    const reply = post("/v1/completions", body({ prompt: Array(20).fill("a"), n: 1 }));
    for (let ended = 0; ended < 20; ended++) {
      while (chat.requests.length < Math.min(20, ended + 8)) {
        await new Promise((r) => setTimeout(r));
      }
      assert.equal(gates.length, Math.min(20, ended + 8));
      gates[ended]!.resolve(String(ended));
    }
    const { choices } = await (await reply).json();
    assert.deepEqual(
      choices.map(({ text }: { text: string }) => text),
      Array.from({ length: 20 }, (_, index) => String(index)),
    );
  });

  it("keep each event in one frame, whatever the text", async () => {
    const pieces = ["\n\ndata: [DONE]\n\n", "\r", "<b>", "\0", "\ud83d", "\udc26"];
    const { post } = harness({ script: { pieces } });
    const chunks = await chunksOf(await post("/v1/completions", body({ stream: true })));
    assert(chunks.every((chunk) => /^data: [^\n]+\n\n$/.test(chunk)));
    assert.equal(chunks.at(-1), "data: [DONE]\n\n");
    const texts = chunks.slice(0, -1).map((chunk) => JSON.parse(chunk.slice(6)).choices[0].text);
    assert.equal(texts.join(""), pieces.join(""));
  });

  it("end with an error when the turn fails midway", async () => {
    const { post } = harness({ script: { pieces: ["a"], streamError: new Error("secret") } });
    const chunks = await chunksOf(await post("/v1/completions", body({ stream: true })));
    assert.equal(JSON.parse(chunks[0]!.slice(6)).choices[0].text, "a");
    assert.match(chunks.at(-1)!, /^data: \{"error":\{"message":"The server failed to answer\."/);
  });

  for (const [fields, param] of REFUSED) {
    it(`are refused with ${param} named: ${JSON.stringify(fields)}`, async () => {
      const error = await errorOf(
        await harness({ strict: true }).post("/v1/completions", body(fields)),
        400,
      );
      assert.match(error.param ?? "", new RegExp(`^${param}`));
    });
  }
});

describe("tokens", () => {
  it("are told of a text, and make one again", async () => {
    const { post } = harness();
    const tokens = [...new TextEncoder().encode("hé")];
    for (const text of [{ content: "hé" }, { prompt: "hé", model: "tern-test" }]) {
      const told = await (await post("/tokenize", text)).json();
      assert.deepEqual(told, { tokens, count: 3, max_model_len: null, token_strs: null });
    }
    const fields = { content: "hé", with_pieces: true, return_token_strs: true };
    const { tokens: pieces, token_strs } = await (await post("/tokenize", fields)).json();
    assert.deepEqual(pieces.map(({ piece }: { piece: unknown }) => piece), ["h", [195], [169]]);
    assert.equal(token_strs[0], "h");
    const text = await (await post("/detokenize", { tokens })).json();
    assert.deepEqual(text, { content: "hé", prompt: "hé" });
    assert.equal(
      (await (await post("/detokenize", { tokens: [104, 195] })).json()).content,
      "h\ufffd",
    );
    assert.equal((await (await post("/tokenize", { content: "" })).json()).count, 0);
  });

  it("need a key where the server asks for one", async () => {
    const { post } = harness({ keys: ["a"] });
    await errorOf(await post("/tokenize", { content: "a" }), 401);
    await errorOf(await post("/detokenize", { tokens: [] }), 401);
  });

  it("are refused where they are none", async () => {
    const { post } = harness({ strict: true });
    for (
      const [path, wrong, param] of [
        ["/tokenize", {}, "content"],
        ["/tokenize", { content: "a", prompt: "b" }, "content"],
        ["/tokenize", { content: 1 }, "content"],
        ["/tokenize", { content: "a", with_pieces: 1 }, "with_pieces"],
        ["/tokenize", { content: "a", nonsense: 1 }, "nonsense"],
        ["/detokenize", {}, "tokens"],
        ["/detokenize", { tokens: ["a"] }, "tokens[0]"],
        ["/detokenize", { tokens: [-1] }, "tokens[0]"],
        ["/detokenize", { tokens: [1e6] }, "tokens"],
      ] as const
    ) {
      assert.equal((await errorOf(await post(path, wrong), 400)).param, param);
    }
    await errorOf(await post("/tokenize", { content: "a", model: "other" }), 404);
  });
});
