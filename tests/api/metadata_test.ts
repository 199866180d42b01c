import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { chatBody, harness, responseBody } from "./harness.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** Metadata as it is sent, and as it is kept. */
const CASES = [
  ['{"__proto__":"a"}', '{"__proto__":"a"}'],
  [
    '{"__proto__":"a","constructor":"b","toString":"c","":"d"}',
    '{"__proto__":"a","constructor":"b","toString":"c","":"d"}',
  ],
  ['{"half":"a\\ud800b"}', '{"half":"a\ufffdb"}'],
  ['{"half\\udc00":"\\ud83d\\ude00"}', '{"half\ufffd":"\u{1f600}"}'],
] as const;

/** What has metadata: where it is made, with what besides, and where it is read and changed. */
const KINDS = [
  ["/v1/conversations", {}, true],
  ["/v1/responses", responseBody(), false],
  ["/v1/chat/completions", chatBody({ store: true }), true],
] as const;

describe("metadata", () => {
  for (const [path, fields, changes] of KINDS) {
    it(`is kept with every key of it, and in Unicode, by ${path}`, async () => {
      for (const strict of [false, true]) {
        const { app, post } = harness({ strict });
        /** The object without its metadata, and that as text. */
        const read = async (reply: Response | Promise<Response>) => {
          const text = await (await reply).text();
          const { id, metadata } = JSON.parse(text);
          assert.equal(typeof id, "string", text);
          return { id, metadata: JSON.stringify(metadata) };
        };
        for (const [sent, kept] of CASES) {
          const body = JSON.stringify({ ...fields, metadata: "M" }).replace('"M"', sent);
          const made = await read(post(path, body));
          // The reply of a chat completion has none.
          if (path !== "/v1/chat/completions") assert.equal(made.metadata, kept);
          assert.equal((await read(app.request(`${path}/${made.id}`))).metadata, kept);
          if (!changes) continue;
          assert.equal((await read(post(`${path}/${made.id}`, `{"metadata":{}}`))).metadata, "{}");
          const changed = await read(post(`${path}/${made.id}`, `{"metadata":${sent}}`));
          assert.equal(changed.metadata, kept);
        }
      }
    });
  }

  it("is found by a key that objects have of themselves", async () => {
    const { app, post } = harness();
    const made = (metadata: string) =>
      post(
        "/v1/chat/completions",
        JSON.stringify({ ...chatBody({ store: true }), metadata: "M" }).replace('"M"', metadata),
      );
    await made('{"__proto__":"a"}');
    await made('{"other":"a"}');
    const found = async (query: string) => {
      const reply = await app.request(`/v1/chat/completions?${query}`, { headers: JSON_TYPE });
      return (await reply.json()).data.length;
    };
    assert.equal(await found("metadata[__proto__]=a"), 1);
    assert.equal(await found("metadata[__proto__]=b"), 0);
    assert.equal(await found("metadata[constructor]=a"), 0);
  });

  it("is refused with the name of what is wrong with it", async () => {
    const { post } = harness();
    for (
      const [metadata, param] of [
        ['{"__proto__":1}', "metadata.__proto__"],
        ['{"a":{}}', "metadata.a"],
        ['"a"', "metadata"],
        ["[]", "metadata"],
      ] as const
    ) {
      const reply = await post("/v1/conversations", `{"metadata":${metadata}}`);
      assert.equal(reply.status, 400, metadata);
      const { error } = await reply.json();
      assert.equal(error.param, param);
      assert.match(error.message, /expected (an object|a string), but got/);
    }
  });
});
