import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnknownResponseError } from "../../src/records/errors.ts";
import { errorOf } from "../error_of.ts";
import { chatBody, chunksOf, harness, settle } from "./harness.ts";

const PATH = "/v1/chat/completions";
const HALF = [0xf0, 0x9f];
const LOGPROBS = [
  [{ token: HALF[0]!, logprob: -0.5, top: [{ token: 0x41, logprob: -0.25 }] }],
  [{ token: HALF[1]!, logprob: -Infinity, top: [] }],
];

/** The data of the chunks of a stream. */
async function dataOf(response: Response) {
  return (await chunksOf(response)).map((chunk) => chunk.slice("data: ".length, -2));
}

describe("several choices", () => {
  it("are as many as asked for, and their tokens are summed over one prompt", async () => {
    const { post } = harness();
    const { choices, usage } = await (await post(PATH, chatBody({ n: 3 }))).json();
    assert.deepEqual(choices.map(({ index }: { index: number }) => index), [0, 1, 2]);
    for (const { message } of choices) assert.equal(message.content, "Hello, world");
    assert.deepEqual(
      [usage.prompt_tokens, usage.completion_tokens, usage.total_tokens],
      [7, 9, 16],
    );
  });

  it("have seeds of their own, the first the request's", async () => {
    const { post, chat } = harness();
    await post(PATH, chatBody({ n: 3, seed: 5 }));
    assert.deepEqual(chat.requests.map(({ sampling }) => sampling.seed), [5, 6, 7]);
    await post(PATH, chatBody({ n: 2, seed: Number.MAX_SAFE_INTEGER }));
    const [first, second] = chat.requests.slice(3).map(({ sampling }) => sampling.seed);
    assert.equal(first, Number.MAX_SAFE_INTEGER);
    assert.equal(second, Number.MAX_SAFE_INTEGER - 1);
    await post(PATH, chatBody({ n: 2 }));
    assert.deepEqual(chat.requests.slice(5).map(({ sampling }) => sampling.seed), [
      undefined,
      undefined,
    ]);
  });

  it("stream beside each other, each with its end, and one usage at the end", async () => {
    const { post } = harness();
    const body = chatBody({ n: 2, stream: true, stream_options: { include_usage: true } });
    const data = await dataOf(await post(PATH, body));
    assert.equal(data.pop(), "[DONE]");
    const chunks = data.map((text) => JSON.parse(text));
    assert.equal(chunks.pop().usage.total_tokens, 13);
    for (const index of [0, 1]) {
      const own = chunks.map(({ choices: [choice] }) => choice)
        .filter((choice) => choice.index === index);
      assert.equal(own[0].delta.role, "assistant");
      assert.equal(own.map(({ delta }) => delta.content ?? "").join(""), "Hello, world");
      assert.equal(own.at(-1).finish_reason, "stop");
      assert.equal(own.filter(({ finish_reason }) => finish_reason !== null).length, 1);
    }
  });

  it("all end when one fails, or when the client leaves", async () => {
    const failing = harness({ script: { pieces: ["a"], streamError: new Error("broken") } });
    await errorOf(await failing.post(PATH, chatBody({ n: 2 })), 500);
    for (const { signal } of failing.chat.requests) assert(signal.aborted);

    const never = Promise.withResolvers<string>();
    const left = harness({ script: { pieces: ["a", never.promise] } });
    const response = await left.post(PATH, chatBody({ n: 2, stream: true }));
    const reader = response.body!.getReader();
    for (let i = 0; i < 4; i++) await reader.read();
    await reader.cancel();
    await settle();
    assert.equal(left.chat.requests.length, 2);
    for (const { signal } of left.chat.requests) assert(signal.aborted);
  });

  it("are refused as one when a turn cannot begin", async () => {
    const { post } = harness({ script: { beginError: new UnknownResponseError("x") } });
    await errorOf(await post(PATH, chatBody({ n: 3 })), 404);
  });
});

describe("the probabilities of tokens", () => {
  it("come with bytes, half characters too, and nothing that is not JSON", async () => {
    const { post, chat } = harness({ script: { pieces: ["x", "y"], logprobs: LOGPROBS } });
    const body = chatBody({ logprobs: true, top_logprobs: 1 });
    const { choices: [{ logprobs }] } = await (await post(PATH, body)).json();
    assert.equal(chat.request.topLogprobs, 1);
    assert.deepEqual(logprobs, {
      content: [
        {
          token: "\ufffd",
          logprob: -0.5,
          bytes: [0xf0],
          top_logprobs: [{ token: "A", logprob: -0.25, bytes: [0x41] }],
        },
        { token: "\ufffd", logprob: -9999, bytes: [0x9f], top_logprobs: [] },
      ],
      refusal: null,
    });
  });

  it("stream with the text that they belong to", async () => {
    const { post } = harness({ script: { pieces: ["x", "y"], logprobs: LOGPROBS } });
    const body = chatBody({ logprobs: true, stream: true });
    const told = (await dataOf(await post(PATH, body))).slice(0, -1)
      .map((text) => JSON.parse(text).choices[0].logprobs?.content.length ?? null);
    assert.deepEqual(told, [null, 1, 1, null]);
  });

  it("are not there when nobody asked", async () => {
    const { post, chat } = harness();
    await post(PATH, chatBody({ logprobs: false }));
    assert(!("topLogprobs" in chat.request));
  });
});

describe("biases of tokens", () => {
  it("reach the sampler as numbers", async () => {
    const { post, chat } = harness();
    await post(PATH, chatBody({ logit_bias: { "7": -100, "255": 1.5 } }));
    assert.deepEqual(chat.request.sampling.logitBias, [[7, -100], [255, 1.5]]);
  });
});
