import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { openTern } from "../../src/client/mod.ts";
import { serverEvents } from "../../src/stream/server_events.ts";
import { PageServer } from "../ui/page_server.ts";

const SAMPLING = { seed: 7, temperature: 1, top_p: 0.9, max_output_tokens: 24 };

async function told(answer: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of answer) text += piece;
  return text;
}

async function ask(
  server: PageServer,
  conversation: unknown,
  input: string,
  fields: object = SAMPLING,
): Promise<string> {
  return textOf(
    await server.json("/v1/responses", { ...fields, model: "tern-7m", conversation, input }),
  );
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

      const { id: again } = await importFile(server, await here.export());
      assert.equal(await ask(server, id, "And yours?"), next);
      assert.equal(await ask(server, again, "Good night."), await ask(server, id, "Good night."));
    } finally {
      await tern.close();
    }
  });

  it("goes on in the middle of an answer, there and back, with the same tokens", async () => {
    await using server = await PageServer.start();
    const long = { ...SAMPLING, min_tokens: 2000, max_output_tokens: 2000 };
    const input = "Tell me a story about a bird.";
    const expected = await ask(server, await newConversation(server), input, long);

    const conversation = await newConversation(server);
    await ask(server, conversation, input, { ...long, background: true });
    const { running: response } = await server.json(`/v1/conversations/${conversation}/tree`);
    assert.ok(response);
    await underWay(server, response, 40);
    const path = `${server.url}/v1/conversations/${conversation}/export?running=true`;
    const file = await (await fetch(path)).blob();

    const model = `${server.url}/v1/models/tern-7m/files/`;
    const tern = await openTern({ model, cache: null });
    try {
      const here = await tern.openConversation(file);
      let text = "";
      for await (const piece of (await here.running())!) {
        text += piece;
        if (text.length > 0) break;
      }
      assert.ok(expected.startsWith(text), `${text}\n${expected}`);
      const { id } = await importFile(server, await here.export());
      const { running: again } = await server.json(`/v1/conversations/${id}/tree`);
      assert.ok(again);
      const reply = await fetch(`${server.url}/v1/responses/${again}?stream=true`);
      await reply.text();
      assert.equal(textOf(await server.json(`/v1/responses/${again}`)), expected);
      assert.equal(
        await ask(server, id, "Good night.", SAMPLING),
        await ask(server, await answered(server, conversation), "Good night.", SAMPLING),
      );
    } finally {
      await tern.close();
    }
  });
});

/** Lets an answer that was paused be made to its end. */
async function answered(server: PageServer, conversation: unknown): Promise<unknown> {
  const { running } = await server.json(`/v1/conversations/${conversation}/tree`);
  await (await fetch(`${server.url}/v1/responses/${running}?stream=true`)).text();
  return conversation;
}

async function newConversation(server: PageServer): Promise<unknown> {
  return (await server.json("/v1/conversations", {}))["id"];
}

/** Waits until an answer has some characters. */
async function underWay(server: PageServer, response: unknown, length: number): Promise<void> {
  const stop = new AbortController();
  const reply = await fetch(`${server.url}/v1/responses/${response}?stream=true`, stop);
  let text = "";
  for await (const { data } of serverEvents(reply.body!, () => {})) {
    if (data !== "[DONE]") text += JSON.parse(data).delta ?? "";
    if (text.length > length) break;
  }
  stop.abort();
}

async function importFile(server: PageServer, body: Blob): Promise<{ readonly id: string }> {
  const reply = await fetch(`${server.url}/v1/conversations/import`, {
    method: "POST",
    headers: { "content-type": "application/vnd.tern.conversation" },
    body,
  });
  const made = await reply.json();
  assert.equal(reply.status, 200, JSON.stringify(made));
  return made;
}

function textOf(response: Record<string, unknown>): string {
  const [item] = response["output"] as [{ content: [{ text: string }] }?];
  return item?.content[0].text ?? "";
}
