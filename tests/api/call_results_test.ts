import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { writeCalls } from "../../src/prompt/tool_format.ts";
import { errorOf } from "../error_of.ts";
import { chatBody, harness, responseBody } from "./harness.ts";

const PATH = "/v1/responses";
const tools = [{ type: "function", name: "now" }];
const user = { role: "user", content: "When?" };
const called = (call_id = "c") => ({
  type: "function_call",
  call_id,
  name: "now",
  arguments: "{}",
});
const result = (call_id = "c") => ({ type: "function_call_output", call_id, output: "noon" });
const script = { pieces: [writeCalls([{ name: "now", arguments: "{}" }])] };

/** Asks for a response, and expects that the result of a call is refused. */
async function refused(reply: Promise<Response>, param: string, id = "c"): Promise<void> {
  const error = await errorOf(await reply, 400);
  assert.deepEqual([error.param, error.code], [param, "invalid_value"]);
  assert.equal(error.message, `No tool call found for function call output with call_id ${id}.`);
}

describe("the result of a call", () => {
  it("is refused where nobody made the call, or only after it", async () => {
    const { post, chat } = harness({ strict: true });
    for (
      const [input, param] of [
        [[result()], "input[0].call_id"],
        [[user, called("other"), result()], "input[2].call_id"],
        [[result(), called(), user], "input[0].call_id"],
      ] as const
    ) {
      for (const store of [true, false]) {
        await refused(post(PATH, responseBody({ input, store })), param);
      }
    }
    await refused(
      post(`${PATH}/compact`, { model: "tern-test", input: [result()] }),
      "input[0].call_id",
    );
    assert.equal(chat.requests.length, 0);
  });

  it("is taken after the call, whatever is between them", async () => {
    const { post } = harness({ strict: true });
    const input = [user, called(), called("d"), user, result("d"), result()];
    const reply = await post(PATH, responseBody({ input }));
    assert.equal(reply.status, 200, await reply.text());
  });

  it("may be of a call of the response that it goes on from, or of one long before", async () => {
    const { post, chat } = harness({ script, strict: true });
    const first = await (await post(PATH, responseBody({ tools }))).json();
    const [{ call_id }] = first.output;
    chat.script = { pieces: ["Hm"] };
    let previous_response_id = first.id;
    for (let turn = 0; turn < 4; turn++) {
      const fields = { previous_response_id, tools };
      await refused(
        post(PATH, responseBody({ ...fields, input: [user, result("no")] })),
        "input[1].call_id",
        "no",
      );
      const input = turn === 1 ? [user] : [result(call_id)];
      const reply = await post(PATH, responseBody({ ...fields, input }));
      assert.equal(reply.status, 200, await reply.clone().text());
      previous_response_id = (await reply.json()).id;
    }
    // Of what it does not go on from it knows nothing.
    await refused(
      post(PATH, responseBody({ tools, input: [result(call_id)] })),
      "input[0].call_id",
      call_id,
    );
  });

  it("may be of a call that a compaction has read", async () => {
    const { post } = harness({ script, strict: true });
    const made = await (await post(PATH, responseBody({ tools }))).json();
    const { output } = await (await post(`${PATH}/compact`, {
      model: "tern-test",
      previous_response_id: made.id,
    })).json();
    const [{ call_id }] = made.output;
    const reply = await post(PATH, responseBody({ input: [...output, result(call_id)], tools }));
    assert.equal(reply.status, 200, await reply.text());
    await refused(
      post(PATH, responseBody({ input: [...output, result("no")] })),
      "input[1].call_id",
      "no",
    );
  });

  it("may be of a call of the conversation: one that was answered, or only added", async () => {
    const { post } = harness({ script, strict: true });
    await refused(post("/v1/conversations", { items: [result()] }), "items[0].call_id");
    const created = await post("/v1/conversations", { items: [user, called()] });
    const { id: conversation } = await created.json();
    const items = `/v1/conversations/${conversation}/items`;
    await refused(post(items, { items: [user, result("no")] }), "items[1].call_id", "no");
    assert.equal((await post(items, { items: [result()] })).status, 200);
    const fields = { conversation, tools };
    const first = await (await post(PATH, responseBody({ ...fields, input: [result()] }))).json();
    const [{ call_id }] = first.output;
    for (const id of ["c", call_id]) {
      const reply = await post(PATH, responseBody({ ...fields, input: [result(id)] }));
      assert.equal(reply.status, 200, await reply.text());
    }
    await refused(
      post(PATH, responseBody({ ...fields, input: [result("no")] })),
      "input[0].call_id",
      "no",
    );
  });

  it("is told of the place that it has in the input, though references are looked up", async () => {
    const { post } = harness({ script, strict: true });
    const made = await (await post(PATH, responseBody({ tools }))).json();
    const [{ id, call_id }] = made.output;
    const input = [user, { type: "item_reference", id }, result(call_id), result("no")];
    await refused(post(PATH, responseBody({ input, tools })), "input[3].call_id", "no");
  });

  it("of a chat completion must name a call that comes before it", async () => {
    const { post, chat } = harness({ strict: true });
    const call = { id: "c", type: "function", function: { name: "now", arguments: "{}" } };
    const assistant = { role: "assistant", content: null, tool_calls: [call] };
    const tool = (tool_call_id: string) => ({ role: "tool", tool_call_id, content: "noon" });
    for (
      const [messages, param] of [
        [[user, tool("c")], "messages[1].tool_call_id"],
        [[user, tool("c"), assistant, tool("c")], "messages[1].tool_call_id"],
        [[user, assistant, tool("c"), tool("d")], "messages[3].tool_call_id"],
      ] as const
    ) {
      const error = await errorOf(
        await post("/v1/chat/completions", chatBody({ messages })),
        400,
      );
      assert.equal(error.param, param);
    }
    assert.equal(chat.requests.length, 0);
    const messages = [user, assistant, tool("c"), tool("c")];
    assert.equal((await post("/v1/chat/completions", chatBody({ messages }))).status, 200);
  });
});
