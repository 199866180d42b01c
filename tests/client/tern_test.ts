import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { openTern } from "../../src/client/mod.ts";
import { PageServer } from "../ui/page_server.ts";

const SAMPLING = { seed: 7, temperature: 1, top_p: 0.9, max_output_tokens: 24 };

async function told(answer: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of answer) text += piece;
  return text;
}

async function ask(server: PageServer, conversation: unknown, input: string): Promise<string> {
  const reply = await server.json("/v1/responses", {
    ...SAMPLING,
    model: "tern-7m",
    conversation,
    input,
  });
  const [{ content: [{ text }] }] = reply["output"] as [{ content: [{ text: string }] }];
  return text;
}

describe("Tern in a page", () => {
  it("goes on with a conversation of a server, with the same tokens, and gives it back", async () => {
    await using server = await PageServer.start();
    const model = `${server.url}/v1/models/tern-7m/files/`;
    const progress: number[] = [];
    const tern = await openTern({ model, cache: null, onProgress: (done) => progress.push(done) });
    try {
      assert.equal(tern.model, "tern-7m");
      assert.ok(progress.length > 2);
      assert.deepEqual(progress, progress.toSorted((a, b) => a - b));
      const { id } = await server.json("/v1/conversations", {});
      await ask(server, id, "Hello, I am Ada. What do you like?");
      const file = await (await fetch(`${server.url}/v1/conversations/${id}/export`)).blob();
      const expected = await ask(server, id, "What is my name?");

      const here = await tern.openConversation(file);
      assert.equal(await told(here.say("What is my name?", SAMPLING)), expected);
      const next = await told(here.say("And yours?", SAMPLING));

      const back = await fetch(`${server.url}/v1/conversations/import`, {
        method: "POST",
        headers: { "content-type": "application/vnd.tern.conversation" },
        body: await here.export(),
      });
      const { id: again } = await back.json();
      assert.equal(back.status, 200);
      assert.equal(await ask(server, id, "And yours?"), next);
      assert.equal(await ask(server, again, "Good night."), await ask(server, id, "Good night."));
    } finally {
      await tern.close();
    }
  });
});
