import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { errorOf } from "../error_of.ts";
import { server, StandingClock } from "../faults/world.ts";

const TOOL = {
  type: "function",
  function: { name: "weather", description: "Of a town", parameters: { type: "object" } },
};

/** Bodies of chat completions, less the model. */
const CHATS = {
  "one message": { messages: [{ role: "user", content: "Hi" }] },
  "turns, and a system message": {
    messages: [
      { role: "system", content: "Be brief.\n\n\nVery." },
      { role: "user", content: [{ type: "text", text: "One" }, { type: "text", text: "Two" }] },
      { role: "assistant", content: "Three" },
      { role: "user", content: "Grüße 🐦" },
    ],
  },
  "tools": { messages: [{ role: "user", content: "Rain?" }], tools: [TOOL] },
  "tools that may not be called": {
    messages: [{ role: "user", content: "Rain?" }],
    tools: [TOOL],
    tool_choice: "none",
  },
  "a call and its result": {
    messages: [
      { role: "user", content: "Rain?" },
      {
        role: "assistant",
        content: null,
        tool_calls: [{
          id: "call_1",
          type: "function",
          function: { name: "weather", arguments: "{}" },
        }],
      },
      { role: "tool", tool_call_id: "call_1", content: "No" },
    ],
    tools: [TOOL],
  },
} as const;

describe("the tokens of messages", () => {
  for (const [what, chat] of Object.entries(CHATS)) {
    it(`are those that a chat completion reads: ${what}`, async () => {
      const { ask } = server(new MemoryStore(), new StandingClock());
      const told = await (await ask("POST", "/v1/tokenize", { model: "hash", ...chat })).json();
      const body = { model: "hash", ...chat, max_tokens: 1 };
      // The second time a stored state has read some of them.
      for (let time = 0; time < 2; time++) {
        const reply = await ask("POST", "/v1/chat/completions", body);
        const { usage } = await reply.json();
        assert.equal(reply.status, 200);
        assert.equal(told.count, usage.prompt_tokens);
      }
      assert.equal(told.tokens.length, told.count);
    });
  }

  it("are the text that the template makes of them", async () => {
    const { ask } = server(new MemoryStore(), new StandingClock());
    const textOf = async (fields: object) => {
      const body = { messages: [{ role: "user", content: "Hi" }], ...fields };
      const { tokens } = await (await ask("POST", "/tokenize", body)).json();
      return (await (await ask("POST", "/detokenize", { tokens })).json()).content;
    };
    assert.equal(await textOf({}), "User: Hi\n\nAssistant:");
    assert.equal(await textOf({ add_generation_prompt: false }), "User: Hi");
  });

  it("come with their texts if they are asked for", async () => {
    const { ask } = server(new MemoryStore(), new StandingClock());
    const body = { messages: [{ role: "user", content: "Hi" }], return_token_strs: true };
    const { token_strs } = await (await ask("POST", "/v1/tokenize", body)).json();
    assert.equal(token_strs.join(""), "User: Hi\n\nAssistant:");
  });

  it("are refused by the field that a chat completion would be refused by", async () => {
    const { ask } = server(new MemoryStore(), new StandingClock());
    for (
      const [fields, status, param] of [
        [{ messages: [] }, 400, "messages"],
        [{ messages: [{ role: "nobody", content: "Hi" }] }, 400, "messages[0].role"],
        [{ messages: [{ role: "user", content: "Hi" }], model: "other" }, 404, "model"],
        [{ messages: "Hi" }, 400, "messages"],
      ] as const
    ) {
      const error = await errorOf(await ask("POST", "/v1/tokenize", fields), status);
      assert.equal(error.param, param);
    }
  });

  it("do without messages: a text may have any of three names", async () => {
    const { ask } = server(new MemoryStore(), new StandingClock());
    for (const name of ["content", "prompt", "text"]) {
      const { tokens } = await (await ask("POST", "/v1/tokenize", { [name]: "Hi" })).json();
      assert.deepEqual(tokens, [72, 105], name);
    }
    const both = await ask("POST", "/v1/tokenize", { text: "a", prompt: "b" });
    assert.equal((await errorOf(both, 400)).param, "content");
  });
});
