import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { errorOf } from "../error_of.ts";
import { deploy, type Deployment, loadModel, type Model } from "./model.ts";

const TEXT = "My name is Sarah.\n\nI have a dog called Rex.\n\nUser: I like tea.\n";

async function json(reply: Response) {
  const body = await reply.json();
  assert.equal(reply.status, 200, JSON.stringify(body));
  return body;
}

describe("a conversation that has read a text", () => {
  let model: Model;
  let server: Deployment;

  beforeAll(async () => {
    model = await loadModel();
    server = deploy(model);
  });

  afterAll(() => model.inference.close());

  const read = async (text: string, items: readonly object[] = []) => {
    const { id } = await json(await server.post("/v1/conversations", { items }));
    const status = await json(
      await server.call("alpha", "POST", `/v1/conversations/${id}/ingest`, {
        headers: { "content-type": "text/plain" },
        body: text,
      }),
    );
    return { id, status };
  };
  const next = (more: object) => ({
    model: "tern-7m",
    input: "What is my name?",
    temperature: 1,
    seed: 5,
    max_output_tokens: 24,
    ...more,
  });

  it("answers as if the text had been two messages in a row", async () => {
    const { id, status } = await read(TEXT);
    const { id: other } = await json(
      await server.post("/v1/conversations", { items: [{ role: "user", content: TEXT }] }),
    );
    const [from, to] = [
      await json(await server.post("/v1/responses", next({ conversation: id }))),
      await json(await server.post("/v1/responses", next({ conversation: other }))),
    ];
    assert.deepEqual(from.output[0].content, to.output[0].content);
    assert.equal(from.usage.input_tokens, to.usage.input_tokens);
    assert.equal(from.usage.input_tokens_details.cached_tokens, status.tokens);
    assert.equal(to.usage.input_tokens_details.cached_tokens, 0);
  });

  it("cannot be read again: not with other instructions, nor without something before it", async () => {
    const { id } = await read(TEXT, [{ role: "user", content: "Listen." }]);
    const changed = await server.post(
      "/v1/responses",
      next({ conversation: id, instructions: "Be brief." }),
    );
    assert.equal((await errorOf(changed, 409)).code, "text_not_kept");
    const { data } = await json(
      await server.call("alpha", "GET", `/v1/conversations/${id}/items?order=asc`),
    );
    const path = (item: { id: string }) => `/v1/conversations/${id}/items/${item.id}`;
    const without = await server.call("alpha", "DELETE", path(data[0]));
    assert.equal((await errorOf(without, 409)).code, "text_not_kept");
    await json(await server.call("alpha", "DELETE", path(data[1])));
    const after = await json(await server.post("/v1/responses", next({ conversation: id })));
    assert.equal(after.usage.input_tokens_details.cached_tokens, 0);
  });

  it("is never what a request goes on from that only says the same", async () => {
    await read("Hello there.");
    const reply = await server.post("/v1/chat/completions", {
      model: "tern-7m",
      messages: [{ role: "user", content: "Hello there." }, { role: "user", content: "Hi" }],
      max_tokens: 2,
    });
    const { usage } = await json(reply);
    assert.equal(usage.prompt_tokens_details.cached_tokens, 0);
  });
});
