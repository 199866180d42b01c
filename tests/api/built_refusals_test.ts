import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { TurnRequest } from "../../src/turn/turn.ts";
import { chatBody, harness, responseBody } from "./harness.ts";

const CHAT = "/v1/chat/completions";
const COMPLETIONS = "/v1/completions";
const RESPONSES = "/v1/responses";
const sampled = (name: string, value: unknown) => ({ sampling }: TurnRequest) =>
  assert.equal((sampling as unknown as Record<string, unknown>)[name], value);
const limited = (tokens: number) => ({ maxTokens }: TurnRequest) => assert.equal(maxTokens, tokens);
const stopped = (...texts: string[]) => ({ stop }: TurnRequest) => assert.deepEqual(stop, texts);

/**
 * What a strict server once refused, because there was no such thing, and what the turn has of it now. Each row names what
 * docs/compatibility.md says of it.
 */
const BUILT: readonly (readonly [string, object, (turn: TurnRequest) => void, turns?: number])[] = [
  [CHAT, { top_k: 40 }, sampled("topK", 40)],
  [CHAT, { temperature: 2.1 }, sampled("temperature", 2.1)],
  [CHAT, { presence_penalty: 2.1 }, sampled("presencePenalty", 2.1)],
  [CHAT, { presence_penalty: -2.1 }, sampled("presencePenalty", -2.1)],
  [CHAT, { frequency_penalty: 2.1 }, sampled("frequencyPenalty", 2.1)],
  [CHAT, { frequency_penalty: -2.1 }, sampled("frequencyPenalty", -2.1)],
  [CHAT, { max_tokens: 0 }, limited(0)],
  [CHAT, { max_completion_tokens: 0 }, limited(0)],
  [CHAT, { max_tokens: -1 }, limited(2_000)],
  [CHAT, { max_completion_tokens: -1 }, limited(2_000)],
  [CHAT, { stop: ["1", "2", "3", "4", "5"] }, stopped("1", "2", "3", "4", "5")],
  [COMPLETIONS, { max_tokens: 0 }, limited(0)],
  [COMPLETIONS, { n: 9 }, () => {}, 9],
  [COMPLETIONS, { n: 5, prompt: ["a", "b"] }, () => {}, 10],
  [COMPLETIONS, { best_of: 2 }, () => {}, 2],
  [COMPLETIONS, { logprobs: 6 }, ({ topLogprobs }) => assert.equal(topLogprobs, 6)],
  [COMPLETIONS, { logprobs: 0, echo: true }, ({ tellPrompt }) => assert.equal(tellPrompt, true)],
  [COMPLETIONS, { stop: ["a", "b", "c", "d", "e"] }, stopped("a", "b", "c", "d", "e")],
  [RESPONSES, { max_output_tokens: 0 }, limited(0)],
  [RESPONSES, { max_tokens: 16 }, limited(16)],
  [RESPONSES, { temperature: 2.5 }, sampled("temperature", 2.5)],
  [RESPONSES, { presence_penalty: -3 }, sampled("presencePenalty", -3)],
  [RESPONSES, { frequency_penalty: 3 }, sampled("frequencyPenalty", 3)],
  [RESPONSES, { stop: "x" }, stopped("x")],
];

const bodyOf = (path: string, fields: object) =>
  path === CHAT
    ? chatBody(fields)
    : path === RESPONSES
    ? responseBody(fields)
    : { model: "tern-test", prompt: "Hi", ...fields };

describe("a strict server", () => {
  for (const [path, fields, check, turns = 1] of BUILT) {
    it(`does what it once refused: ${path} ${JSON.stringify(fields)}`, async () => {
      const { post, chat } = harness({ strict: true });
      const reply = await post(path, bodyOf(path, fields));
      assert.equal(reply.status, 200, await reply.clone().text());
      assert.equal(reply.headers.get("tern-ignored"), null);
      assert.equal(chat.requests.length, turns);
      check(chat.request);
    });
  }

  it("continues an answer of the assistant where it once refused one as the last item", async () => {
    const { post, chat } = harness({ strict: true });
    const input = [{ role: "user", content: "Hi" }, { role: "assistant", content: "Well" }];
    const body = responseBody({ input, continue_final_message: true });
    const reply = await post(RESPONSES, body);
    assert.equal(reply.status, 200, await reply.clone().text());
    assert.deepEqual(chat.request.messages.map(({ text }) => text), ["Hi", "Well"]);
  });
});
