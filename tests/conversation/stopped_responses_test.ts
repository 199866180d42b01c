import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { deploy, type Deployment, loadModel } from "../assembled_model.ts";

/** The JSON of a reply. */
async function json(reply: Response) {
  const body = await reply.json();
  assert.equal(reply.status, 200, JSON.stringify(body));
  return body;
}

async function newConversation(server: Deployment): Promise<string> {
  return (await json(await server.post("/v1/conversations", {}))).id;
}

const answer = (conversation: string, tokens: number) => ({
  model: "tern-7m",
  conversation,
  input: "Tell me a story.",
  min_tokens: tokens,
  max_output_tokens: tokens,
});

/** Cancels an answer that has begun. */
async function cancelOne(server: Deployment, conversation: string): Promise<string> {
  const request = { ...answer(conversation, 2_000), stream: true, background: true };
  const reply = await server.post("/v1/responses", request);
  for await (const _ of reply.body!) break;
  const path = `/v1/conversations/${conversation}/tree`;
  const { running } = await json(await server.call("alpha", "GET", path));
  const cancelled = await server.call("alpha", "POST", `/v1/responses/${running}/cancel`);
  assert.equal((await json(cancelled)).status, "cancelled");
  return running;
}

describe("Responses that were stopped", () => {
  for (const [name, before] of [["at the beginning", 0], ["after an answer", 1]] as const) {
    it(`go with their conversation: ${name}`, async () => {
      const model = await loadModel();
      const store = new MemoryStore();
      const server = deploy(model, { store });
      try {
        const id = await newConversation(server);
        for (let n = 0; n < before; n++) {
          await json(await server.post("/v1/responses", answer(id, 4)));
        }
        const [first, second] = [await cancelOne(server, id), await cancelOne(server, id)];
        // One of them may be deleted by itself.
        const gone = await server.call("alpha", "DELETE", `/v1/responses/${first}`);
        assert.equal((await json(gone)).deleted, true);
        assert.equal((await server.call("alpha", "GET", `/v1/responses/${second}`)).status, 200);
        await json(await server.call("alpha", "DELETE", `/v1/conversations/${id}`));
        await server.responses.sweep();
        assert.equal((await server.call("alpha", "GET", `/v1/responses/${second}`)).status, 404);
        const left = (await Array.fromAsync(store.list([]))).map(({ key }) => key.join("/"));
        assert.deepEqual(
          left.filter((key) => /run|node|log|ref|garbage|released/.test(key))
            .filter((key) => !key.includes("/prefix/")),
          [],
        );
        const { stored } = await json(await server.call("alpha", "GET", "/v1/usage"));
        assert.deepEqual(stored, { bytes: 0, responses: 0, conversations: 0 });
      } finally {
        await model.inference.close();
      }
    });
  }
});
