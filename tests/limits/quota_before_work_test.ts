import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { chatBody, responseBody } from "../api/harness.ts";
import { DAY, quotaServer, refused, TENANT } from "../api/quota_server.ts";
import { kept } from "../records/kept.ts";

type Options = NonNullable<Parameters<typeof quotaServer>[0]>;

/** A server with helpers that send texts, files and chats. */
function server(options: Options = {}) {
  const h = quotaServer(options);
  const ingest = async (id: string, body: BodyInit, headers: Record<string, string> = {}) =>
    await h.app.request(`/v1/conversations/${id}/ingest${headers["query"] ?? ""}`, {
      method: "POST",
      headers: { "content-type": "text/plain", ...headers },
      body,
    });
  const importFile = async (body: BodyInit, query = "") =>
    await h.app.request(`/v1/conversations/import${query}`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body,
    });
  const nextByte = async (id: string) => {
    const reply = await h.app.request(`/v1/conversations/${id}/ingest`, { method: "HEAD" });
    return reply.headers.get("upload-offset");
  };
  /** Keys and versions of all entries in the store. */
  const all = async () => (await kept(h.store)).map(({ key, version }) => [key, version]);
  return { ...h, ingest, importFile, nextByte, all };
}

/** A body in chunks of `size` bytes that counts how many bytes were read. */
function counted(bytes: Uint8Array<ArrayBuffer>, size = 512) {
  const taken = { bytes: 0 };
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (taken.bytes >= bytes.length) return controller.close();
      const piece = bytes.slice(taken.bytes, taken.bytes + size);
      taken.bytes += piece.length;
      controller.enqueue(piece);
    },
  }, { highWaterMark: 0 });
  return { body, taken };
}

const text = (length: number) => new TextEncoder().encode("word ".repeat(length / 5));

/** An exported conversation of three turns, and the storage usage of a tenant after importing it. */
async function exampleFile(query = "") {
  const from = server({ script: { pieces: ["An answer, ", "x".repeat(800)] } });
  const { id } = await from.made("/v1/conversations", { metadata: { a: "b" } });
  for (const input of ["One", "y".repeat(1500), "Three"]) {
    await from.made("/v1/responses", responseBody({ conversation: id, input }));
  }
  const items = [{ role: "user", content: "Not read yet." }];
  await from.made(`/v1/conversations/${id}/items`, { items });
  const reply = await from.app.request(`/v1/conversations/${id}/export`);
  const file = new Uint8Array(await reply.arrayBuffer());
  const to = server();
  assert.equal((await to.importFile(file, query)).status, 200);
  return { file, usage: await to.usage() };
}

describe("ingest over the quota", () => {
  for (const what of ["responses", "bytes"] as const) {
    it(`is refused before a byte is read (${what})`, async () => {
      const quota: { bytes?: number; responses?: number } = {};
      const { made, ingest, all, usage, check } = server({ quota });
      const { id } = await made("/v1/conversations");
      await made("/v1/responses", responseBody());
      // Too little for even the shortest response and its state.
      quota[what] = (await usage())[what] + (what === "bytes" ? 2_000 : 0);
      const before = await all();
      for (const query of ["", "?stream=true"]) {
        const { body, taken } = counted(text(10_000));
        await refused(ingest(id, body, { query, "content-length": "10000" }));
        assert.equal(taken.bytes, 0);
      }
      assert.deepEqual(await all(), before);
      await check();
      // The conversation is not left busy.
      await made(`/v1/conversations/${id}/rewind`, { response_id: null });
    });
  }

  it("admits exactly as many concurrent texts as fit", async () => {
    const { made, ingest, usage, check } = server({ quota: { responses: 3 } });
    const names = await Promise.all(Array.from({ length: 8 }, () => made("/v1/conversations")));
    const replies = await Promise.all(names.map(({ id }) => ingest(id, text(100))));
    assert.equal(replies.filter(({ status }) => status === 200).length, 3);
    for (const reply of replies) if (reply.status !== 200) await refused(reply);
    assert.equal((await usage()).responses, 3);
    await check();
  });
});

describe("an ingest in progress", () => {
  it("reserves its quota at the start, so that it is never refused at the end", async () => {
    const { made, send, ingest, nextByte, usage, check } = server({ quota: { responses: 1 } });
    const { id } = await made("/v1/conversations");
    assert.equal((await ingest(id, text(6_000), { "upload-complete": "?0" })).status, 200);
    const counted = await usage();
    assert.equal(counted.responses, 1);
    await check();
    // Another response would use up the reserved quota.
    await refused(send("POST", "/v1/responses", responseBody()));
    assert.equal(await nextByte(id), "6000");
    const done = await ingest(id, text(6_000), { "upload-offset": "6000" });
    assert.equal((await done.json()).status, "completed");
    await check();
    const { bytes } = await usage();
    assert(bytes <= counted.bytes, `${bytes} bytes used, but only ${counted.bytes} reserved`);
  });

  it("resumes at the stored offset even if its tenant is over the quota by now", async () => {
    const quota: { bytes?: number; responses?: number } = { bytes: 20_000 };
    const { made, send, ingest, nextByte, check, usage } = server({ quota });
    const { id } = await made("/v1/conversations");
    await ingest(id, text(6_000), { "upload-complete": "?0" });
    quota.bytes = (await usage()).bytes - 1;
    const wrong = await ingest(id, text(100), { "upload-offset": "7000" });
    assert.equal(wrong.status, 409);
    assert.equal(wrong.headers.get("upload-offset"), "6000");
    const more = { "upload-offset": "6000", "upload-complete": "?0" };
    assert.equal((await ingest(id, text(100), more)).status, 200);
    assert.equal(await nextByte(id), "6100");
    // A new conversation is refused.
    const other = (await made("/v1/responses", responseBody({ store: false }))).id;
    assert(other);
    await refused(send("POST", "/v1/conversations", {}));
    const last = await ingest(id, text(100), { "upload-offset": "6100" });
    assert.equal((await last.json()).offset, 6_200);
    await check();
  });

  it("refunds its quota when the ingest or its conversation is deleted", async () => {
    const { made, send, ingest, usage, check } = server({ quota: { responses: 1 } });
    const before = await usage();
    const { id } = await made("/v1/conversations");
    const begin = () => ingest(id, text(100), { "upload-complete": "?0" });
    assert.equal((await begin()).status, 200);
    assert.equal((await send("DELETE", `/v1/conversations/${id}/ingest`)).status, 200);
    await check();
    // Invalid texts, blank or not UTF-8, leave nothing behind.
    assert.equal((await ingest(id, " \n")).status, 400);
    assert.equal((await ingest(id, Uint8Array.of(0xff))).status, 400);
    await check();
    assert.equal((await begin()).status, 200);
    assert.equal((await send("DELETE", `/v1/conversations/${id}`)).status, 200);
    await check();
    assert.deepEqual(await usage(), before);
  });

  it("expires with its conversation when no more text arrives", async () => {
    const { made, send, ingest, time, cleanup, store, check } = server({
      quota: { ageMs: 7 * DAY },
    });
    const [left, followed, busy] = await Promise.all(
      Array.from({ length: 3 }, () => made("/v1/conversations")),
    );
    const part = { "upload-complete": "?0" };
    await ingest(left!.id, text(100), part);
    await ingest(followed!.id, text(100), part);
    time.now += 4 * DAY;
    await ingest(followed!.id, text(100), { ...part, "upload-offset": "100" });
    const gate = Promise.withResolvers<void>();
    const slow = ingest(
      busy!.id,
      new ReadableStream({
        async pull(controller) {
          await gate.promise;
          controller.enqueue(text(100));
          controller.close();
        },
      }, { highWaterMark: 0 }),
    );
    time.now += 3.5 * DAY;
    await cleanup.expire(assert.ifError);
    const there = async (id: string) => (await send("GET", `/v1/conversations/${id}`)).status;
    assert.deepEqual(
      await Promise.all([left!, followed!, busy!].map(({ id }) => there(id))),
      [404, 200, 200],
    );
    await check();
    gate.resolve();
    assert.equal((await slow).status, 200);
    time.now += 8 * DAY;
    await cleanup.expire(assert.ifError);
    time.now += DAY;
    for (let i = 0; i < 5; i++) await cleanup.sweep(assert.ifError);
    await check();
    const rest = (await kept(store)).map(({ key }) => key.join(" "));
    assert.deepEqual(rest.filter((key) => !key.startsWith(`${TENANT} prefix`)), []);
  });
});

describe("an import over the quota", () => {
  it("is refused before the file is read if the quota is used up", async () => {
    const { file } = await exampleFile();
    const { made, importFile, all } = server({ quota: { conversations: 1 } });
    await made("/v1/conversations");
    const before = await all();
    const { body, taken } = counted(file);
    await refused(importFile(body));
    // One chunk: a pipe reads ahead.
    assert(taken.bytes <= 512);
    assert.deepEqual(await all(), before);
  });

  it("is refused at the file's header if that announces too much", async () => {
    const { file } = await exampleFile();
    const { importFile, all } = server({ quota: { bytes: 4_000 } });
    const { body, taken } = counted(file, 100);
    await refused(importFile(body));
    assert(taken.bytes < 1_200, `${taken.bytes} of ${file.length} bytes were read`);
    assert.deepEqual(await all(), []);
  });

  it("is refused midway as soon as it exceeds the quota, and leaves nothing behind", async () => {
    const { file, usage } = await exampleFile();
    for (const quota of [{ responses: 1 }, { bytes: usage.bytes * 0.6 }]) {
      const { importFile, all } = server({ quota });
      const { body, taken } = counted(file, 100);
      await refused(importFile(body));
      assert(taken.bytes < file.length * 0.9, `${taken.bytes} of ${file.length} bytes were read`);
      assert.deepEqual(await all(), []);
    }
  });

  for (const query of ["", "?reread=true"]) {
    it(`succeeds if it just fits, and fails one unit below${query && ` (${query.slice(1)})`}`, async () => {
      const { file, usage } = await exampleFile(query);
      for (const what of ["bytes", "responses", "conversations"] as const) {
        if (usage[what] === 0) continue;
        const fits = server({ quota: { [what]: usage[what] } });
        assert.equal((await fits.importFile(file, query)).status, 200, what);
        await fits.check();
        const full = server({ quota: { [what]: usage[what] - 1 } });
        await refused(full.importFile(file, query));
        assert.deepEqual(await full.all(), [], what);
      }
    });
  }
});

describe("a stored chat completion over the quota", () => {
  const path = "/v1/chat/completions";
  const long = (length: number, more: object = {}) =>
    chatBody({ store: true, messages: [{ role: "user", content: "z".repeat(length) }], ...more });

  it("is refused before it is generated", async () => {
    const { send, chat, all } = server({ quota: { bytes: 6_000 } });
    for (const more of [{}, { stream: true }, { metadata: { a: "b".repeat(500) } }]) {
      await refused(send("POST", path, long(6_000, more)));
    }
    assert.deepEqual(chat.requests, []);
    assert.deepEqual(await all(), []);
    // With `store: false` it needs no quota.
    assert.equal((await send("POST", path, { ...long(6_000), store: false })).status, 200);
  });

  it("is refused at its end if the answer exceeds the quota by one byte, and is not stored", async () => {
    const script = { pieces: ["answer ".repeat(200)] };
    const free = server({ script });
    assert.equal((await free.send("POST", path, long(100))).status, 200);
    const { bytes } = await free.usage();
    const fits = server({ script, quota: { bytes } });
    assert.equal((await fits.send("POST", path, long(100))).status, 200);
    await refused(fits.send("POST", path, long(100)));
    await fits.check();
    const full = server({ script, quota: { bytes: bytes - 1 } });
    await refused(full.send("POST", path, long(100)));
    const reply = await full.send("POST", path, long(100, { stream: true }));
    assert.match(await reply.text(), /"code":"insufficient_quota"/);
    assert.deepEqual(await full.all(), []);
  });

  it("fits again once older completions have expired", async () => {
    const { send, time, cleanup, check, usage } = server({
      quota: { bytes: 6_000, ageMs: DAY },
    });
    assert.equal((await send("POST", path, long(3_000))).status, 200);
    await refused(send("POST", path, long(3_000)));
    time.now += DAY / 2;
    await cleanup.expire(assert.ifError);
    await refused(send("POST", path, long(3_000)));
    time.now += DAY / 2;
    await cleanup.expire(assert.ifError);
    assert.equal((await usage()).bytes, 0);
    assert.equal((await send("POST", path, long(3_000))).status, 200);
    await check();
  });
});
