import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { errorOf } from "../error_of.ts";
import { deploy, type Deployment, loadModel, type Model } from "../assembled_model.ts";

const TEXT = "My name is Sarah.\n\nI have a dog called Rex.\n\nUser: I like tea.\n";

async function json(reply: Response) {
  const body = await reply.json();
  assert.equal(reply.status, 200, JSON.stringify(body));
  return body;
}

describe("a conversation with an ingested text", () => {
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

  it("answers as if the text had been a message", async () => {
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

  it("reads new instructions after the text, and the turns since the text again", async () => {
    const { id, status } = await read(TEXT);
    const brief = { conversation: id, instructions: "Be brief." };
    const first = await json(await server.post("/v1/responses", next(brief)));
    assert.equal(first.usage.input_tokens_details.cached_tokens, status.tokens);
    // Equivalent to adding the instructions as a message.
    const { id: other } = await read(TEXT);
    await json(
      await server.post(`/v1/conversations/${other}/items`, {
        items: [{ role: "system", content: "Be brief." }],
      }),
    );
    const added = await json(await server.post("/v1/responses", next({ conversation: other })));
    assert.deepEqual(first.output[0].content, added.output[0].content);
    assert.equal(first.usage.input_tokens, added.usage.input_tokens);

    // The same instructions need not be read again.
    const second = await json(await server.post("/v1/responses", next(brief)));
    assert.equal(second.usage.input_tokens_details.cached_tokens, first.usage.total_tokens);
    // Other instructions, or none, replace them.
    const long = { conversation: id, instructions: "Be long." };
    const third = await json(await server.post("/v1/responses", next(long)));
    assert.equal(third.usage.input_tokens_details.cached_tokens, status.tokens);
    const fourth = await json(await server.post("/v1/responses", next({ conversation: id })));
    assert.equal(fourth.usage.input_tokens_details.cached_tokens, status.tokens);
    assert(third.usage.input_tokens > second.usage.input_tokens, JSON.stringify(third.usage));
  });

  it("reads the same instructions once for all forks", async () => {
    const { id, status } = await read(TEXT);
    const instructions = "Answer in one sentence.";
    const visitors: { usage: { input_tokens_details: { cached_tokens: number } } }[] = [];
    for (const input of ["Who am I?", "Which tea do I like?"]) {
      const fork = await json(await server.post(`/v1/conversations/${id}/fork`, {}));
      visitors.push(
        await json(
          await server.post("/v1/responses", next({ conversation: fork.id, instructions, input })),
        ),
      );
    }
    const [first, second] = visitors.map(({ usage }) => usage.input_tokens_details.cached_tokens);
    assert.equal(first, status.tokens);
    assert(second! > first!, `first fork: ${first} cached tokens, second fork: ${second}`);
  });

  it("cannot drop instructions that were read before the text", async () => {
    const { id } = await json(await server.post("/v1/conversations", {}));
    await json(
      await server.post("/v1/responses", next({ conversation: id, instructions: "Be brief." })),
    );
    await json(
      await server.call("alpha", "POST", `/v1/conversations/${id}/ingest`, {
        headers: { "content-type": "text/plain" },
        body: TEXT,
      }),
    );
    const without = await server.post("/v1/responses", next({ conversation: id }));
    const error = await errorOf(without, 409);
    assert.equal(error.code, "text_not_kept");
    assert.match(error.message, /Send them again, or others/);
    for (const instructions of ["Be brief.", "Be long."]) {
      await json(await server.post("/v1/responses", next({ conversation: id, instructions })));
    }
  });

  it("cannot drop an item before the text", async () => {
    const { id } = await read(TEXT, [{ role: "user", content: "Listen." }]);
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

  it("is not used as a cached prefix for a request with the same text", async () => {
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
