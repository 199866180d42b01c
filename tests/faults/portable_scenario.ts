import assert from "node:assert/strict";
import type { Client } from "./client.ts";
import { type Said, textOf, TOKENS } from "./oracle.ts";

/** Longer than what is read between two of the times that how far one got is kept. */
const TEXT = "It was a dark night, and the wind blew over the sea.\n".repeat(800);

const ITEM = { type: "message", role: "user", content: "Remember the sea." };

/**
 * Everything that a client may do with texts, files, sealed states and stored chat completions, once. A step that is
 * refused is tried again.
 */
export async function portableScenario(client: Client): Promise<void> {
  const begin = async () =>
    (await (await client.insist("POST", "/v1/conversations", { items: [ITEM] })).json()).id;

  const book = await begin();
  const { offset, sha256 } = await client.read(book, TEXT);
  assert.equal(offset, TEXT.length);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(TEXT));
  assert.equal(sha256, new Uint8Array(digest).toHex());
  const read = await client.items(book);
  assert.equal(read.length, 2);
  await client.turnAfter(book, [ITEM], TEXT, "And then?", 1);

  const talk = await begin();
  await client.turn(talk, "Hello", 2, "whole");
  await client.turn(talk, "And then?", 3, "stream");
  for (const id of [talk, book]) {
    const copy = await client.import(await client.file(id));
    assert.deepEqual(await client.items(copy), await client.items(id));
    if (id === talk) await client.turn(copy, "Or else?", 4, "whole");
    else await client.turnAfter(copy, [ITEM], TEXT, "Or else?", 4);
    await client.insist("DELETE", `/v1/conversations/${copy}`, undefined, [404]);
  }

  // One that is begun and forgotten.
  const headers = { "content-type": "text/plain", "upload-complete": "?0" };
  await client.again(() =>
    client.ask("POST", `/v1/conversations/${talk}/ingest`, undefined, [409], {
      body: "Some of it",
      headers,
    })
  );
  await client.insist("DELETE", `/v1/conversations/${talk}/ingest`, undefined, [404]);
  await client.turn(talk, "Well?", 5, "whole");

  await sealed(client);

  const chat = {
    model: "hash",
    messages: [{ role: "user", content: "Hi" }],
    max_tokens: 5,
    store: true,
  };
  const { id: kept } = await (await client.insist("POST", "/v1/chat/completions", chat)).json();
  const path = `/v1/chat/completions/${kept}`;
  await client.insist("POST", path, { metadata: { topic: "sea" } });
  const shown = await (await client.insist("GET", path)).json();
  assert.equal(shown.metadata.topic, "sea");
  await client.insist("DELETE", path, undefined, [404]);
  await client.insist("DELETE", `/v1/conversations/${book}`, undefined, [404]);
}

/** Two turns of which the server keeps nothing. */
async function sealed(client: Client): Promise<void> {
  const say = async (input: unknown[], seed: number) => {
    const body = {
      model: "hash",
      store: false,
      include: ["state.encrypted_content"],
      max_output_tokens: TOKENS,
      input,
      seed,
    };
    return await (await client.insist("POST", "/v1/responses", body)).json();
  };
  const message = (content: string) => ({ role: "user", content });
  const first = await say([message("Hello")], 6);
  const state = first.output.at(-1);
  assert.equal(state.type, "state");
  const text = textOf({ output: first.output.slice(0, -1) });
  const second = await say([state, message("And?")], 7);
  const said: Said[] = [["user", "Hello"], ["assistant", text], ["user", "And?"]];
  assert.equal(textOf({ output: second.output.slice(0, -1) }), await client.answer(said, 7));
}
