import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { errorOf } from "../error_of.ts";
import { chatBody, chunksOf, harness, nthId } from "./harness.ts";

const PATH = "/v1/chat/completions";

/** What every chunk of the first streamed completion of a harness begins with. */
const HEAD = `{"id":"${nthId("chatcmpl-", 2)}",` +
  '"object":"chat.completion.chunk","created":1800000000,' +
  '"model":"tern-test","service_tier":"default","system_fingerprint":"fp_bbcd6453ad82",';

/** A chunk on the wire. */
function frame(rest: string): string {
  return `data: ${HEAD}${rest}}\n\n`;
}

/** A chunk with the one choice. */
function choice(delta: string, finish: string, rest = ""): string {
  return frame(
    `"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}]${rest}`,
  );
}

const USAGE = {
  prompt_tokens: 7,
  completion_tokens: 3,
  total_tokens: 10,
  prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};

describe("a chat completion", () => {
  it("has OpenAI's form", async () => {
    const { post } = harness();
    const response = await post(PATH, chatBody());
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), {
      id: nthId("chatcmpl-", 2),
      object: "chat.completion",
      created: 1_800_000_000,
      model: "tern-test",
      choices: [{
        index: 0,
        message: { role: "assistant", content: "Hello, world", refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: "stop",
      }],
      usage: USAGE,
      service_tier: "default",
      system_fingerprint: "fp_bbcd6453ad82",
    });
  });

  it("says when the limit ended it", async () => {
    const { post } = harness({ script: { pieces: [], reason: "length" } });
    const { choices: [only] } = await (await post(PATH, chatBody())).json();
    assert.equal(only.finish_reason, "length");
    assert.equal(only.message.content, "");
  });

  it("carries any text as it is", async () => {
    const text =
      'quote " slash \\ line\nend\r\u0000\u0007\u007f\u2028 🐦 half \ud83d </script> data: [DONE]\n\n';
    const { post } = harness({ script: { pieces: [...text.split("🐦").join("🐦|").split("|")] } });
    const { choices: [only] } = await (await post(PATH, chatBody())).json();
    assert.equal(only.message.content, text);
  });

  it("asks for a turn with the service's own defaults", async () => {
    const { post, chat } = harness();
    await post(PATH, chatBody());
    const { signal, ...request } = chat.request;
    assert(!signal.aborted);
    assert.deepEqual(request, {
      tenant: "public",
      messages: [{ role: "user", text: "Hi" }],
      sampling: {
        temperature: 0.9,
        topP: 0.8,
        topK: 40,
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
        penaltyDecay: 0.99,
      },
      stop: [],
      maxTokens: 500,
    });
  });

  it("passes on what the request says", async () => {
    const { post, chat } = harness();
    await post(
      PATH,
      chatBody({
        messages: [
          { role: "developer", content: "Be brief." },
          { role: "user", content: [{ type: "text", text: "a" }, { type: "text", text: "b\n" }] },
          { role: "assistant", content: "" },
          { role: "system", content: "Be kind." },
          { role: "user", content: "\u0000 \u202e" },
        ],
        temperature: 0,
        top_p: 0,
        presence_penalty: -2,
        frequency_penalty: 2,
        seed: -5,
        stop: ["\n\n", "User:"],
        max_completion_tokens: 9,
      }),
    );
    const { messages, sampling, stop, maxTokens } = chat.request;
    assert.deepEqual(messages, [
      { role: "system", text: "Be brief." },
      { role: "user", text: "ab\n" },
      { role: "assistant", text: "" },
      { role: "system", text: "Be kind." },
      { role: "user", text: "\u0000 \u202e" },
    ]);
    assert.deepEqual(sampling, {
      temperature: 0,
      topP: 0,
      topK: 40,
      presencePenalty: -2,
      frequencyPenalty: 2,
      penaltyDecay: 0.99,
      seed: -5,
    });
    assert.deepEqual(stop, ["\n\n", "User:"]);
    assert.equal(maxTokens, 9);
  });

  for (
    const [fields, stop, maxTokens] of [
      [{ stop: "END" }, ["END"], 500],
      [{ stop: [] }, [], 500],
      [{ stop: null, max_tokens: null }, [], 500],
      [{ max_tokens: 1 }, [], 1],
      [{ max_tokens: 8, max_completion_tokens: 8 }, [], 8],
      [{ max_tokens: 8, max_completion_tokens: null }, [], 8],
      [{ stop: "" }, [], 500],
      [{ stop: ["", "a", ""] }, ["a"], 500],
      [{ stop: Array(16).fill("a") }, Array(16).fill("a"), 500],
      [{ max_tokens: 0 }, [], 0],
      [{ max_tokens: -1 }, [], 2_000],
      [{ num_predict: -2 }, [], 2_000],
      [{ n_predict: 7 }, [], 7],
      [{ max_output_tokens: 7, max_tokens: 7 }, [], 7],
      [{ max_tokens: 9_000 }, [], 2_000],
    ] as const
  ) {
    it(`understands ${JSON.stringify(fields)}`, async () => {
      const { post, chat } = harness();
      assert.equal((await post(PATH, chatBody(fields))).status, 200);
      assert.deepEqual(chat.request.stop, stop);
      assert.equal(chat.request.maxTokens, maxTokens);
    });
  }

  for (
    const [fields, expected] of [
      [{ top_k: 7 }, { topK: 7 }],
      [{ top_k: 0 }, { topK: 0 }],
      [{ top_k: -1 }, { topK: 0 }],
      [{ temperature: 5 }, { temperature: 5 }],
      [{ min_p: 0.1, typical_p: 0.9 }, { minP: 0.1, typicalP: 0.9 }],
      [{ typical: 0.9 }, { typicalP: 0.9 }],
      [{ typical: 0.9, typical_p: 0.9 }, { typicalP: 0.9 }],
      [{ typical: null, typical_p: 0.9 }, { typicalP: 0.9 }],
      [{ repetition_penalty: 1.1 }, { repetitionPenalty: 1.1 }],
      [{ repeat_penalty: 1.1, repeat_last_n: 64 }, { repetitionPenalty: 1.1, repeatLastN: 64 }],
      [{ repeat_last_n: -1 }, {}],
      [{ penalty_decay: 0.5 }, { penaltyDecay: 0.5 }],
      [{ alpha_decay: 0.5, alpha_presence: 1, alpha_frequency: 0 }, {
        penaltyDecay: 0.5,
        presencePenalty: 1,
        frequencyPenalty: 0,
      }],
      [{ min_tokens: 4, ignore_eos: true }, { minTokens: 4, ignoreEnd: true }],
      [{ ban_eos_token: false }, { ignoreEnd: false }],
      [{ mirostat: 0, mirostat_tau: 5, tfs_z: 1, top_a: 0, xtc_probability: 0 }, {}],
      [{ dry_multiplier: 0, dry_sequence_breakers: ["\n"], top_n_sigma: -1 }, {}],
    ] as const
  ) {
    it(`samples as ${JSON.stringify(fields)} says`, async () => {
      const { post, chat } = harness();
      assert.equal((await post(PATH, chatBody(fields))).status, 200);
      const { maxTokens: _, maxTokensLimit: __, ...defaults } = chat.defaults;
      assert.deepEqual(chat.request.sampling, { ...defaults, ...expected });
    });
  }

  it("takes back its own message, as clients do to continue", async () => {
    const { post } = harness();
    const { choices: [only] } = await (await post(PATH, chatBody())).json();
    const messages = [...chatBody().messages, only.message, { role: "user", content: "And?" }];
    assert.equal((await post(PATH, chatBody({ messages }))).status, 200);
  });

  it("fails as a whole when the turn fails midway", async () => {
    const script = { pieces: ["a"], streamError: new Error("secret") };
    const { post } = harness({ script });
    const error = await errorOf(await post(PATH, chatBody()), 500);
    assert(!error.message.includes("secret"));
  });

  it("fails when the turn stops without an end", async () => {
    const { post } = harness({ script: { pieces: ["a"], unfinished: true } });
    await errorOf(await post(PATH, chatBody()), 500);
  });
});

describe("a streamed chat completion", () => {
  const plain = { stream: true, stream_options: { include_obfuscation: false } };

  it("is these bytes", async () => {
    const { post } = harness();
    const response = await post(PATH, chatBody(plain));
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(response.headers.get("x-accel-buffering"), "no");
    assert.deepEqual(await chunksOf(response), [
      choice('{"role":"assistant","content":"","refusal":null}', "null"),
      choice('{"content":"Hello"}', "null"),
      choice('{"content":", "}', "null"),
      choice('{"content":"world"}', "null"),
      choice("{}", '"stop"'),
      "data: [DONE]\n\n",
    ]);
  });

  it("has a chunk of usage before the end if that was asked for, and null before", async () => {
    const { post } = harness({ script: { pieces: ["x"], reason: "length" } });
    const stream_options = { include_usage: true, include_obfuscation: false };
    const fields = { stream: true, stream_options };
    assert.deepEqual(await chunksOf(await post(PATH, chatBody(fields))), [
      choice('{"role":"assistant","content":"","refusal":null}', "null", ',"usage":null'),
      choice('{"content":"x"}', "null", ',"usage":null'),
      choice("{}", '"length"', ',"usage":null'),
      frame(`"choices":[],"usage":${JSON.stringify(USAGE)}`),
      "data: [DONE]\n\n",
    ]);
  });

  it("keeps each event in one frame, whatever the text", async () => {
    const pieces = ["\n\n", "data: [DONE]\n\n", "\r", "\u2028", "\0", "🐦", "\ud83d", "\udc26"];
    const { post } = harness({ script: { pieces } });
    const chunks = await chunksOf(await post(PATH, chatBody({ stream: true })));
    assert.equal(chunks.length, pieces.length + 3);
    assert(chunks.every((chunk) => /^data: [^\n]+\n\n$/.test(chunk)));
    const texts = chunks.slice(1, -2).map((chunk) => JSON.parse(chunk.slice(6)).choices[0].delta);
    assert.deepEqual(texts, pieces.map((content) => ({ content })));
  });

  it("ends with an error when the turn fails midway", async () => {
    const script = { pieces: ["a"], streamError: new Error("secret") };
    const { post } = harness({ script });
    const chunks = await chunksOf(await post(PATH, chatBody(plain)));
    assert.deepEqual(chunks.slice(1), [
      choice('{"content":"a"}', "null"),
      'data: {"error":{"message":"The server failed to answer.","type":"server_error",' +
      '"param":null,"code":"internal_error"}}\n\n',
    ]);
  });

  it("ends with an error when the turn stops without an end", async () => {
    const { post } = harness({ script: { pieces: [], unfinished: true } });
    const chunks = await chunksOf(await post(PATH, chatBody({ stream: true })));
    assert.equal(chunks.length, 2);
    assert.match(chunks[1] ?? "", /^data: \{"error":/);
  });

  it("is not disturbed by a failure after its end", async () => {
    const { post, lines } = harness({ script: { cleanupError: new Error("late") } });
    const chunks = await chunksOf(await post(PATH, chatBody({ stream: true })));
    assert.equal(chunks.at(-1), "data: [DONE]\n\n");
    assert(lines.some((line) => line.includes('"end":"completed"')));
  });

  it("is an ordinary error reply when the turn cannot begin", async () => {
    const { post } = harness({ script: { beginError: new Error("busy") } });
    await errorOf(await post(PATH, chatBody({ stream: true })), 500);
  });
});
