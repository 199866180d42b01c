import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { Fuzz } from "../fuzz.ts";
import { UnknownResponseError } from "../../src/records/errors.ts";
import { kept } from "../records/kept.ts";
import { onEachDenoStore } from "../store/each_deno_store.ts";
import { chatBody, chunksOf, responseBody, settle } from "./harness.ts";
import { DAY, quotaServer as server, refused, TENANT } from "./quota_server.ts";

describe("a quota", () => {
  it("of responses refuses one more, until one is deleted", async () => {
    const { made, send, check, usage } = server({ quota: { responses: 2 } });
    const [first] = [await made("/v1/responses", responseBody())];
    const second = await made("/v1/responses", responseBody({ previous_response_id: first.id }));
    const before = await usage();
    for (const more of [{}, { stream: true }, { background: true }]) {
      await refused(send("POST", "/v1/responses", responseBody(more)));
    }
    assert.deepEqual(await usage(), before);
    // What is not stored is no response.
    await made("/v1/responses", responseBody({ store: false }));
    await send("DELETE", `/v1/responses/${second.id}`);
    await made("/v1/responses", responseBody());
    await check();
  });

  it("of conversations refuses one more, and a fork", async () => {
    const { made, send, check } = server({ quota: { conversations: 2 } });
    const { id } = await made("/v1/conversations");
    await made(`/v1/conversations/${id}/fork`);
    await refused(send("POST", "/v1/conversations", {}));
    await refused(send("POST", `/v1/conversations/${id}/fork`, {}));
    await made("/v1/responses", responseBody({ conversation: id }));
    await send("DELETE", `/v1/conversations/${id}`);
    await made("/v1/conversations");
    await check();
  });

  it("of bytes refuses what would go beyond it, and nothing of it is written", async () => {
    const { made, send, usage, store, check } = server({ quota: { bytes: 12_000 } });
    const { id } = await made("/v1/conversations", { metadata: { a: "b" } });
    await made("/v1/responses", responseBody({ conversation: id }));
    const { bytes } = await usage();
    const all = async () => (await kept(store)).map(({ key, version }) => [key, version]);
    const before = await all();
    const long = "x".repeat(12_000 - bytes);
    const items = [{ role: "user", content: long }];
    const metadata = { a: "b".repeat(500) };
    await refused(send("POST", "/v1/responses", responseBody({ input: long })));
    await refused(
      send("POST", "/v1/responses", responseBody({ input: long, conversation: id, stream: true })),
    );
    await refused(send("POST", "/v1/conversations", { items }));
    await refused(send("POST", `/v1/conversations/${id}/items`, { items }));
    assert.deepEqual(await all(), before);
    const half = [{ role: "user", content: "x".repeat(12_000 - bytes - 300) }];
    await made(`/v1/conversations/${id}/items`, { items: half });
    await refused(send("POST", `/v1/conversations/${id}`, { metadata }));
    await check();
    // Something smaller always fits, and what is given back can be used again.
    const { data } = await (await send("GET", `/v1/conversations/${id}/items`)).json();
    await send("DELETE", `/v1/conversations/${id}/items/${data[0].id}`);
    await made(`/v1/conversations/${id}`, { metadata });
    await check();
  });

  it("counts right whatever is done, and is at nothing when all is gone", async () => {
    const fuzz = new Fuzz("quota");
    const { app, send, check, usage, store, time, cleanup, responses } = server({
      quota: { bytes: 60_000, responses: 12, conversations: 5 },
    });
    const known = { conv: new Set<string>(), resp: new Set<string>(), chatcmpl: new Set<string>() };
    const files: ArrayBuffer[] = [];
    const some = (ids: ReadonlySet<string>) => fuzz.pick([...ids, "none"]);
    const remember = async (reply: Promise<Response>) => {
      const response = await reply;
      assert(response.status < 500, `${response.status}`);
      const text = await response.text();
      for (const [id] of text.matchAll(/resp_[0-9a-f]{48}/g)) known.resp.add(id);
      for (const [id] of text.matchAll(/conv_[0-9a-f]{48}/g)) known.conv.add(id);
      for (const [id] of text.matchAll(/chatcmpl-[0-9a-f]{48}/g)) known.chatcmpl.add(id);
    };
    const item = () => ({ role: "user", content: "y".repeat(1 + fuzz.below(2_000)) });
    const body = () =>
      responseBody({
        input: "z".repeat(1 + fuzz.below(3_000)),
        ...fuzz.pick([{}, { stream: true }, { background: true }]),
        ...fuzz.pick([
          {},
          { conversation: some(known.conv) },
          { previous_response_id: some(known.resp) },
        ]),
      });
    const sent = (path: string, body: BodyInit, headers: Record<string, string>) =>
      Promise.resolve(app.request(path, { method: "POST", body, headers }));
    const steps = [
      () => {
        const complete = fuzz.pick(["?0", "?1"]);
        const headers = { "content-type": "text/plain", "upload-complete": complete };
        return sent(`/v1/conversations/${some(known.conv)}/ingest`, "w ".repeat(500), headers);
      },
      () => send("DELETE", `/v1/conversations/${some(known.conv)}/ingest`),
      async () => {
        const reply = await send("GET", `/v1/conversations/${some(known.conv)}/export`);
        if (reply.status !== 200) return reply;
        try {
          files.push(await reply.arrayBuffer());
        } catch (error) {
          // What is deleted while it is exported breaks off.
          assert(error instanceof UnknownResponseError, `${error}`);
        }
        return new Response();
      },
      () => {
        const file = fuzz.pick([...files, new ArrayBuffer(9)]);
        const headers = { "content-type": "application/octet-stream" };
        return sent("/v1/conversations/import", file, headers);
      },
      () => {
        const messages = [item()];
        return send("POST", "/v1/chat/completions", chatBody({ store: true, messages }));
      },
      () => send("DELETE", `/v1/chat/completions/${some(known.chatcmpl)}`),
      () => send("POST", "/v1/responses", body()),
      () => send("POST", "/v1/responses", body()),
      () => send("POST", "/v1/responses", body()),
      () => send("DELETE", `/v1/responses/${some(known.resp)}`),
      () => send("DELETE", `/v1/responses/${some(known.resp)}`),
      () => send("POST", `/v1/responses/${some(known.resp)}/cancel`, {}),
      () => send("POST", "/v1/conversations", fuzz.pick([{}, { items: [item(), item()] }])),
      () => send("POST", `/v1/conversations/${some(known.conv)}`, { metadata: { a: "b" } }),
      () => send("POST", `/v1/conversations/${some(known.conv)}/items`, { items: [item()] }),
      () => send("POST", `/v1/conversations/${some(known.conv)}/fork`, {}),
      () => {
        const response_id = fuzz.pick([null, some(known.resp)]);
        return send("POST", `/v1/conversations/${some(known.conv)}/rewind`, { response_id });
      },
      () => send("DELETE", `/v1/conversations/${some(known.conv)}/branches/${some(known.resp)}`),
      () => send("DELETE", `/v1/conversations/${some(known.conv)}`),
    ];
    for (let step = 0; step < 250; step++) {
      const together = 1 + fuzz.below(3);
      await Promise.all(Array.from({ length: together }, () => remember(fuzz.pick(steps)())));
      if (step % 7 === 0) {
        const sweep = () => cleanup.sweep(assert.ifError);
        await Promise.all([sweep(), sweep()]);
      }
      await check();
    }
    assert((await usage()).bytes > 0);
    for (const id of known.conv) await send("DELETE", `/v1/conversations/${id}`);
    for (const id of known.resp) await send("DELETE", `/v1/responses/${id}`);
    for (const id of known.chatcmpl) await send("DELETE", `/v1/chat/completions/${id}`);
    await responses.settled();
    // What was dropped stays for a while.
    time.now += DAY;
    for (let i = 0; i < 20; i++) await cleanup.sweep(assert.ifError);
    const left = (await kept(store)).map(({ key }) => key.join(" "));
    assert.deepEqual(left.filter((key) => !key.startsWith(`${TENANT} prefix`)), []);
  });
});

onEachDenoStore((store) => `a quota over ${store}`, (open) => {
  it("lets exactly so many in of those that come at once", async () => {
    const store = await open();
    const { send, usage, check } = server({ store, quota: { responses: 5, conversations: 3 } });
    const times = <T>(n: number, body: () => Promise<T>) =>
      Promise.all(Array.from({ length: n }, body));
    const ok = (replies: readonly Response[]) =>
      replies.filter(({ status }) => status === 200).length;
    assert.equal(ok(await times(12, () => send("POST", "/v1/responses", responseBody()))), 5);
    assert.equal(ok(await times(8, () => send("POST", "/v1/conversations", {}))), 3);
    const { responses, conversations } = await usage();
    assert.deepEqual([responses, conversations], [5, 3]);
    await check();
    await store.close();
  });
});

describe("an age", () => {
  it("ends responses and conversations that are older, and no others", async () => {
    const h = server({ quota: { ageMs: 7 * DAY } });
    const { made, send, time, cleanup, check } = h;
    const there = async (path: string) => (await send("GET", path)).status === 200;
    const old = await made("/v1/responses", responseBody());
    const parent = await made("/v1/responses", responseBody());
    const idle = await made("/v1/conversations");
    const inIdle = await made("/v1/responses", responseBody({ conversation: idle.id }));
    const busy = await made("/v1/conversations");
    time.now += 4 * DAY;
    const child = await made("/v1/responses", responseBody({ previous_response_id: parent.id }));
    const used = await made("/v1/responses", responseBody({ conversation: busy.id }));
    await cleanup.expire(assert.ifError);
    assert(await there(`/v1/responses/${old.id}`));

    time.now += 3 * DAY;
    await cleanup.expire(assert.ifError);
    await check();
    for (const gone of [`responses/${old.id}`, `responses/${parent.id}`]) {
      assert(!await there(`/v1/${gone}`), gone);
    }
    assert(!await there(`/v1/conversations/${idle.id}`));
    assert(!await there(`/v1/responses/${inIdle.id}`));
    assert(await there(`/v1/responses/${child.id}`));
    assert(await there(`/v1/responses/${used.id}`));
    // What others continue from stays for them.
    await made("/v1/responses", responseBody({ previous_response_id: child.id }));
    await made("/v1/responses", responseBody({ conversation: busy.id }));
    assert((await h.tree.history(TENANT, child.id)).length > 2);

    time.now += 8 * DAY;
    await cleanup.expire(assert.ifError);
    time.now += DAY;
    for (let i = 0; i < 5; i++) await cleanup.sweep(assert.ifError);
    await check();
    const left = (await kept(h.store)).map(({ key }) => key.join(" "));
    assert.deepEqual(left.filter((key) => !key.startsWith(`${TENANT} prefix`)), []);
  });

  it("leaves alone what is being made, and what is begun at the same moment", async () => {
    const gate = Promise.withResolvers<string>();
    const h = server({ quota: { ageMs: DAY }, script: { pieces: ["a", gate.promise] } });
    const { id } = await h.made("/v1/conversations");
    const streams = await Promise.all([
      h.send("POST", "/v1/responses", responseBody({ stream: true })),
      h.send("POST", "/v1/responses", responseBody({ stream: true, conversation: id })),
    ]);
    const reading = streams.map(chunksOf);
    for (let i = 0; i < 5; i++) await settle();
    h.time.now += 2 * DAY;
    await h.cleanup.expire(assert.ifError);
    gate.resolve("b");
    for (const chunks of await Promise.all(reading)) {
      assert(chunks.join("").includes("response.completed"));
    }
    // It has just ended, but was made long ago; what was said in a conversation counts from its end.
    h.chat.script = { pieces: ["c"] };
    const [continued] = await Promise.all([
      h.send("POST", "/v1/responses", responseBody({ conversation: id })),
      h.cleanup.expire(assert.ifError),
    ]);
    assert.equal(continued.status, 200);
    await h.check();
  });

  it("is each tenant's own", async () => {
    const h = server();
    await h.made("/v1/responses", responseBody());
    h.time.now += 1000 * DAY;
    await h.cleanup.expire(assert.ifError);
    assert.equal((await h.usage()).responses, 1);
  });
});
