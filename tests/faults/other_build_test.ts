import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { crc32 } from "../../src/records/crc32.ts";
import { unpackJson } from "../../src/records/packed_json.ts";
import type { Entry, KvStore } from "../../src/store/kv_store.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { LEASE_MS, server, StandingClock } from "./world.ts";

const CHECKSUM_BYTES = 4;

/**
 * A record as an earlier or later build might write it: sound, and of another shape. `undefined`: it is no record, or a
 * chunk, whose hash stands in the record that leads to it.
 */
function ofOtherBuild({ key, value }: Entry): Uint8Array<ArrayBuffer> | undefined {
  if (value.length <= CHECKSUM_BYTES || key[1] === "chunk") return undefined;
  const json = value.subarray(CHECKSUM_BYTES);
  const checksum = new DataView(value.buffer, value.byteOffset).getUint32(0, true);
  if (checksum !== crc32(json)) return undefined;
  const record = JSON.parse(unpackJson(json));
  const other = new TextEncoder().encode(JSON.stringify({ version: 2, record }));
  const bytes = new Uint8Array(CHECKSUM_BYTES + other.length);
  new DataView(bytes.buffer).setUint32(0, crc32(other), true);
  bytes.set(other, CHECKSUM_BYTES);
  return bytes;
}

/** Everything in a store, by key. */
async function contents(store: KvStore): Promise<Map<string, string>> {
  const entries = await Array.fromAsync(store.list([]));
  return new Map(entries.map(({ key, value }) => [key.join("/"), new Uint8Array(value).toHex()]));
}

/** One of everything that is stored. */
async function world() {
  const clock = new StandingClock();
  const store = new MemoryStore({ now: clock.now });
  const open = () => server(store, clock);
  const { ask, responses } = open();
  const made = async (path: string, body: object) => {
    const reply = await ask("POST", path, body);
    assert.equal(reply.status, 200, await reply.clone().text());
    return (await reply.json()).id as string;
  };
  const text = (conversation: string, body: string, headers: Record<string, string>) =>
    ask("POST", `/v1/conversations/${conversation}/ingest`, undefined, {
      body,
      headers: { "content-type": "text/plain", ...headers },
    });
  const short = { model: "hash", max_output_tokens: 6, seed: 1 };
  const items = [{ role: "user", content: "Remember the sea." }];
  const conversation = await made("/v1/conversations", { items });
  const response = await made("/v1/responses", { ...short, conversation, input: "Hello" });
  await made(`/v1/conversations/${conversation}/items`, { items }).catch(() => {});
  const other = await made("/v1/conversations", {});
  await text(other, "Once upon a time. ".repeat(300), { "upload-complete": "?0" });
  const messages = [{ role: "user", content: "Hi" }];
  const completion = await made("/v1/chat/completions", {
    model: "hash",
    max_tokens: 5,
    store: true,
    messages,
  });
  const alone = await made("/v1/responses", { ...short, input: "Alone" });
  await responses.settled();
  clock.time += LEASE_MS + 1;
  for (let i = 0; i < 3; i++) await responses.sweep();
  return { clock, store, open, text, conversation, other, response, completion, alone, short };
}

describe("a record that another build of the server wrote", () => {
  it("is named in an error, stops nothing else, and is neither lost nor overwritten", async () => {
    const { clock, store, open, text, ...ids } = await world();
    const { conversation, other, response, completion, alone, short } = ids;
    const looks = [
      `/v1/responses/${response}`,
      `/v1/responses/${response}?stream=true`,
      `/v1/responses/${response}/input_items`,
      `/v1/responses/${alone}`,
      `/v1/conversations/${conversation}`,
      `/v1/conversations/${conversation}/items`,
      `/v1/conversations/${conversation}/branches`,
      `/v1/conversations/${other}/ingest`,
      `/v1/chat/completions/${completion}`,
      "/v1/chat/completions",
    ];
    const look = async (path: string) => {
      const reply = await open().ask("GET", path);
      return { status: reply.status, text: await reply.text() };
    };
    const sound = await Promise.all(looks.map(look));
    for (const { status, text } of sound) assert.equal(status, 200, text);

    const entries = await Array.fromAsync(store.list([]));
    const kinds = new Map<string, number>();
    for (const entry of entries) {
      const value = ofOtherBuild(entry);
      if (value === undefined) continue;
      const { key } = entry;
      const name = key.join("/");
      const kind = key[0] === "*" ? `${key[0]}/${key[1]}` : key[1]!;
      await store.commit({ writes: [{ key, value }] });
      const before = await contents(store);

      let refused = kinds.get(kind) ?? 0;
      for (const [i, path] of looks.entries()) {
        const { status, text } = await look(path);
        if (text === sound[i]!.text) continue;
        refused++;
        assert.ok(status >= 400 || text.includes("event: error"), `${name}, ${path}: ${text}`);
      }
      // A sweep leaves it, and all the rest, where it is.
      const sweeping = open();
      await sweeping.responses.sweep();
      await sweeping.responses.settled();
      assert.deepEqual(await contents(store), before, name);

      // What would go on from it is refused, and never as if there were nothing.
      const { ask } = open();
      const replies = [
        await ask("POST", "/v1/responses", {
          ...short,
          input: "On",
          previous_response_id: response,
        }),
        await ask("POST", "/v1/responses", { ...short, input: "On", conversation }),
        await ask("POST", `/v1/conversations/${conversation}`, { metadata: { a: "b" } }),
        await ask("POST", `/v1/conversations/${conversation}/fork`, {}),
        await ask("POST", `/v1/chat/completions/${completion}`, { metadata: { a: "b" } }),
        await text(other, "More.", { "upload-offset": "5400", "upload-complete": "?0" }),
      ];
      for (const reply of replies) {
        const text = await reply.text();
        assert.notEqual(reply.status, 404, `${name}: ${text}`);
        if (reply.status === 200) continue;
        refused++;
        assert.match(text, /this version of the server does not know/, `${name}: ${text}`);
      }
      kinds.set(kind, refused);
      const left = await store.get(key);
      assert.deepEqual(left && new Uint8Array(left.value), value, `${name} was overwritten`);

      // As it was before.
      await open().responses.settled();
      for (const { key } of await Array.fromAsync(store.list([]))) {
        await store.commit({ writes: [{ key, delete: true }] });
      }
      for (const { key, value } of entries) await store.commit({ writes: [{ key, value }] });
    }
    for (const kind of ["run", "node", "head", "conversation", "completion", "ingest"]) {
      assert.ok((kinds.get(kind) ?? 0) > 0, `${kind}: ${JSON.stringify([...kinds])}`);
    }
    assert.ok(clock.time > 0);
  });
});
