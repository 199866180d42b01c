import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { responseCards } from "../../src/api/responses/cards.ts";
import { Conversations } from "../../src/conversation/conversations.ts";
import { ConversationFiles } from "../../src/portable/conversation_files.ts";
import { type FilePart, PartReader, writeParts } from "../../src/portable/parts.ts";
import { STAGING_MS } from "../../src/records/blob.ts";
import { RunStore } from "../../src/response/run_store.ts";
import { encodeState } from "../../src/state/codec.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { FAKE_MODEL } from "../api/fake_chat_service.ts";
import { harness, NOW, nthId, responseBody } from "../api/harness.ts";
import { cleanupOf } from "../cleanup/cleanup_of.ts";
import { errorOf } from "../error_of.ts";
import { CrashError, CrashingStore } from "../records/crashing_store.ts";
import { kept } from "../records/kept.ts";
import { seededRandom } from "../state/random_state.ts";

/** Fails the test on any error of a sweep. */
function fail(error: unknown): never {
  throw error;
}

const TENANT = "public";
const FILE_TYPE = "application/vnd.tern.conversation";
const SEED = Number(Deno.env.get("TERN_TEST_SEED") ?? Date.now() % 1_000_000);

const user = (content: string) => ({ role: "user", content });

/** A server with helpers that act as its client. */
function server(options: Parameters<typeof harness>[0] = {}) {
  const h = harness(options);
  const call = async (method: string, path: string, body?: unknown) => {
    const reply = await h.app.request(path, {
      method,
      ...(body === undefined ? {} : {
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
    assert.equal(reply.status, 200, `${method} ${path}: ${await reply.clone().text()}`);
    return await reply.json();
  };
  const export_ = async (id: string): Promise<Uint8Array<ArrayBuffer>> => {
    const reply = await h.app.request(`/v1/conversations/${id}/export`);
    assert.equal(reply.status, 200);
    assert.equal(reply.headers.get("content-type"), FILE_TYPE);
    return new Uint8Array(await reply.arrayBuffer());
  };
  const import_ = async (file: BodyInit, query = "", type = FILE_TYPE): Promise<Response> =>
    await h.app.request(`/v1/conversations/import${query}`, {
      method: "POST",
      headers: { "content-type": type },
      body: file,
    });
  const keys = async () => (await kept(h.store)).map(({ key }) => key);
  return { ...h, call, export_, import_, keys };
}

/** A conversation with two branches, a deleted response in the middle, and a pending item. */
async function example() {
  const s = server();
  const { id } = await s.call("POST", "/v1/conversations", { metadata: { topic: "birds" } });
  const say = async (input: string) =>
    await s.call("POST", "/v1/responses", responseBody({ conversation: id, input }));
  const first = await say("One");
  const second = await say("Two");
  await say("Three");
  await s.call("POST", `/v1/conversations/${id}/rewind`, { response_id: first.id });
  await say("Other");
  await s.call("DELETE", `/v1/responses/${second.id}`);
  await s.call("POST", `/v1/conversations/${id}/items`, { items: [user("Later")] });
  return { ...s, id, file: await s.export_(id) };
}

async function partsOf(file: Uint8Array<ArrayBuffer>): Promise<FilePart[]> {
  const reader = new PartReader(new Blob([file]).stream());
  const parts: FilePart[] = [{ type: "conv", content: await reader.next("conv", 1e6) }];
  const { responses } = JSON.parse(new TextDecoder().decode(parts[0]!.content));
  for (let i = 0; i < responses; i++) {
    for (const type of ["resp", "stat"]) {
      parts.push({ type, content: await reader.next(type, 1e6) });
    }
  }
  await reader.end();
  return parts;
}

/** A modified file with correct checksums. */
async function rewritten(
  file: Uint8Array<ArrayBuffer>,
  change: (parts: FilePart[]) => FilePart[] | Promise<FilePart[]>,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts = await change(await partsOf(file));
  const bytes = await Array.fromAsync(writeParts(async function* () {
    yield* parts;
  }()));
  return new Uint8Array(await new Blob(bytes).arrayBuffer());
}

const edit = (part: FilePart, change: (json: Record<string, unknown>) => void): FilePart => {
  const json = JSON.parse(new TextDecoder().decode(part.content));
  change(json);
  return { ...part, content: new TextEncoder().encode(JSON.stringify(json)) };
};

describe("a conversation file", () => {
  it("recreates the conversation on another server, with new response ids", async () => {
    const { id, file, call } = await example();
    const other = server();
    const made = await (await other.import_(file)).json();
    assert.equal(made.object, "conversation");
    assert.deepEqual(made.metadata, { topic: "birds" });
    const items = `/items?order=asc`;
    assert.deepEqual(
      await other.call("GET", `/v1/conversations/${made.id}${items}`),
      await call("GET", `/v1/conversations/${id}${items}`),
    );
    const before = await call("GET", `/v1/conversations/${id}/branches`);
    const after = await other.call("GET", `/v1/conversations/${made.id}/branches`);
    const nameless = (branch: object) => ({ ...branch, id: undefined });
    assert.deepEqual(after.data.map(nameless), before.data.map(nameless));
    for (const [i, { id: old }] of before.data.entries()) {
      const own = after.data[i].id;
      assert.notEqual(own, old);
      const response = await other.call("GET", `/v1/responses/${own}`);
      const original = await call("GET", `/v1/responses/${old}`);
      assert.deepEqual(response.output, original.output);
      assert.deepEqual(response.conversation, { id: made.id });
      assert.equal(response.id, own);
      const events = await other.app.request(`/v1/responses/${own}?stream=true`);
      assert.match(await events.text(), /"delta":"world"/);
    }
    await other.call("POST", "/v1/responses", responseBody({ conversation: made.id }));
    assert.deepEqual(other.chat.request.messages.map(({ text }) => text), ["Later", "Hi"]);
    assert.equal(other.chat.request.previous, after.data[0].id);
    await other.call(
      "POST",
      "/v1/responses",
      responseBody({ previous_response_id: after.data[1].id }),
    );
  });

  it("can be imported repeatedly, and a deleted copy leaves nothing behind", async () => {
    const { file, id, keys, call, import_, store } = await example();
    const alone = await keys();
    const copies = await Promise.all(
      [import_(file), import_(file)].map(async (r) => (await r).json()),
    );
    assert.notEqual(copies[0].id, copies[1].id);
    for (const copy of copies) await call("DELETE", `/v1/conversations/${copy.id}`);
    await cleanupOf(store, () => NOW + STAGING_MS).sweep(fail);
    const left = new Set(alone.map((key) => key.join("/")));
    assert.deepEqual((await keys()).filter((key) => !left.has(key.join("/"))), []);
    assert.deepEqual(await keys(), alone);
    await call("GET", `/v1/conversations/${id}`);
  });

  it("may lack responses", async () => {
    const { call, export_, import_ } = server();
    const { id } = await call("POST", "/v1/conversations", { items: [user("Hi")] });
    const made = await (await import_(await export_(id))).json();
    const { data } = await call("GET", `/v1/conversations/${made.id}/items`);
    assert.equal(data.length, 1);
  });

  it("is rejected completely when truncated at any position", async () => {
    const { file } = await example();
    const { import_, keys } = server();
    const random = seededRandom(SEED);
    const places = [0, 1, 7, 11, 12, 19, 20, file.length - 1, file.length - 33, file.length - 40];
    for (let i = 0; i < 30; i++) places.push(Math.floor(random() * file.length));
    for (const end of places) {
      const error = await errorOf(await import_(file.slice(0, end)), 400);
      assert.equal(error.code, "invalid_file", `cut at ${end}, seed ${SEED}`);
      assert.match(error.message, /ends too early/);
      assert.deepEqual(await keys(), [], `cut at ${end}, seed ${SEED}`);
    }
  });

  it("is rejected completely when any bit is flipped", async () => {
    const { file } = await example();
    const { import_, keys } = server();
    const random = seededRandom(SEED);
    const places = [0, 8, 11, 12, 16, 19];
    for (let i = 0; i < 60; i++) places.push(Math.floor(random() * file.length));
    for (const at of places) {
      const changed = file.slice();
      changed[at]! ^= 1 << Math.floor(random() * 8);
      const error = await errorOf(await import_(changed), 400);
      assert.equal(error.code, "invalid_file", `changed at ${at}, seed ${SEED}`);
      assert.deepEqual(await keys(), [], `changed at ${at}, seed ${SEED}`);
    }
    const longer = new Blob([file, new Uint8Array(1)]);
    assert.match((await errorOf(await import_(longer), 400)).message, /after its end/);
  });

  it("is rejected when its content is malicious, even with correct checksums", async () => {
    const { file } = await example();
    const { import_, keys } = server();
    const head = (change: (json: Record<string, unknown>) => void) => (parts: FilePart[]) => [
      edit(parts[0]!, change),
      ...parts.slice(1),
    ];
    const response = (change: (json: Record<string, unknown>) => void) => (parts: FilePart[]) =>
      parts.map((part, i) => i === 1 ? edit(part, change) : part);
    const state = async (fill: number) =>
      await encodeState(
        new RecurrentState(
          FAKE_MODEL.layout,
          new Float32Array(FAKE_MODEL.layout.length).fill(fill),
        ),
        { modelFingerprint: FAKE_MODEL.modelFingerprint, precision: "f32" },
      );
    const changes: ((parts: FilePart[]) => FilePart[] | Promise<FilePart[]>)[] = [
      head((json) => json["responses"] = 4e9),
      head((json) => json["responses"] = 1),
      head((json) => json["branches"] = Array(300).fill("x")),
      head((json) => json["branches"] = []),
      head((json) => json["head"] = "resp_of_somebody"),
      head((json) => json["conversation"] = { id: "x" }),
      head((json) =>
        json["conversation"] = { id: "x", createdAt: 0, metadata: { a: "x".repeat(1e5) } }
      ),
      head((json) => json["pending"] = [{ id: 1 }]),
      response((json) => json["parent"] = nthId("resp_", 7)),
      response((json) => json["parent"] = json["id"]),
      response((json) => json["log"] = { instructions: null, messages: [{}], itemIds: [] }),
      response((json) => json["run"] = null),
      response((json) => (json["run"] as Record<string, unknown>)["card"] = { id: "x" }),
      response((json) => (json["run"] as Record<string, unknown>)["end"] = null),
      response((json) => json["id"] = "x".repeat(1e5)),
      (parts) => parts.toSpliced(1, 2, ...parts.slice(3, 5)),
      (parts) => parts.toSpliced(3, 2, ...parts.slice(1, 3)),
      (parts) => parts.toSpliced(1, 1),
      async (parts) => parts.with(2, { type: "stat", content: await state(NaN) }),
      async (parts) => parts.with(2, { type: "stat", content: await state(Infinity) }),
      (parts) => parts.with(2, { type: "stat", content: new Uint8Array(100) }),
      (parts) => parts.with(2, { type: "stat", content: new Uint8Array(20_000) }),
      (parts) =>
        parts.with(1, { type: "resp", content: new TextEncoder().encode("[".repeat(1e5)) }),
    ];
    for (const [i, change] of changes.entries()) {
      const error = await errorOf(await import_(await rewritten(file, change)), 400);
      assert.equal(error.code, "invalid_file", `${i}`);
      assert.deepEqual(await keys(), [], `${i}`);
    }
    for (
      const text of ["", "{}", "%PDF-1.7 and so on, until it is long enough", "\x89PNG\r\n\x1a\n"]
    ) {
      assert.equal((await errorOf(await import_(text), 400)).code, "invalid_file");
    }
  });

  it("may claim false lengths without causing large allocations", async () => {
    const claim = new Uint8Array(1000);
    claim.set((await example()).file.subarray(0, 20));
    new DataView(claim.buffer).setUint32(16, 0xffffffff, true);
    const { import_ } = server();
    assert.match(
      (await errorOf(await import_(claim), 400)).message,
      /4294967295 bytes \(limit: /,
    );
    new DataView(claim.buffer).setUint32(16, 30 * 1024 * 1024, true);
    assert.match((await errorOf(await import_(claim), 400)).message, /ends too early/);
  });

  it("is rejected when it is too large or has another content type", async () => {
    const { file } = await example();
    const { import_, keys } = server({ maxBodyBytes: 100 });
    assert.equal((await errorOf(await import_(file), 413)).code, "request_too_large");
    const chunks = ReadableStream.from([file.slice(0, 900), file.slice(900)]);
    assert.equal((await errorOf(await import_(chunks), 413)).code, "request_too_large");
    assert.deepEqual(await keys(), []);
    await errorOf(await import_(file, "", "application/json"), 415);
    assert.equal((await errorOf(await import_(file, "?reread=1"), 400)).param, "reread");
  });

  it("of another model is imported with its states, or as messages only", async () => {
    const { file, id, call } = await example();
    const other = await rewritten(file, async (parts) => {
      const changed = parts.map((part) =>
        part.type === "resp" ? edit(part, (json) => json["modelFingerprint"] = "other") : part
      );
      changed[0] = edit(parts[0]!, (json) => json["modelFingerprint"] = "other");
      for (const [i, { type }] of changed.entries()) {
        if (type !== "stat") continue;
        const content = await encodeState(RecurrentState.empty(FAKE_MODEL.layout), {
          modelFingerprint: "other",
          precision: "f32",
        });
        changed[i] = { type, content };
      }
      return changed;
    });
    const here = server();
    const path = "/items?order=asc";
    const whole = await (await here.import_(other)).json();
    for (const part of [path, "/branches"]) {
      assert.equal(
        (await here.call("GET", `/v1/conversations/${whole.id}${part}`)).data.length,
        (await call("GET", `/v1/conversations/${id}${part}`)).data.length,
      );
    }
    const made = await (await here.import_(other, "?reread=true")).json();
    assert.deepEqual(
      await here.call("GET", `/v1/conversations/${made.id}${path}`),
      await call("GET", `/v1/conversations/${id}${path}`),
    );
    await here.call("POST", "/v1/responses", responseBody({ conversation: made.id }));
    assert.equal(here.chat.request.previous, undefined);
    assert.deepEqual(here.chat.request.messages.map(({ text }) => text), [
      "One",
      "Hello, world",
      "Other",
      "Hello, world",
      "Later",
      "Hi",
    ]);
  });

  it("cannot be exported by another tenant", async () => {
    const { app } = harness({ keys: ["a", "b"] });
    const as = (key: string, method: string, path: string, more: RequestInit = {}) =>
      app.request(path, {
        method,
        ...more,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      });
    const { id } = await (await as("a", "POST", "/v1/conversations", { body: "{}" })).json();
    const foreign = await errorOf(await as("b", "GET", `/v1/conversations/${id}/export`), 404);
    const missing = await errorOf(await as("b", "GET", "/v1/conversations/conv_1/export"), 404);
    assert.deepEqual(foreign, missing);
  });

  it("is imported atomically, wherever the import crashes", async () => {
    const { file } = await example();
    for (const point of ["before", "after"] as const) {
      let done = false;
      for (let failing = 1; !done; failing++) {
        const clock = { time: Date.now() };
        const now = () => clock.time;
        const store = new MemoryStore({ now });
        const faulty = new CrashingStore(store, failing, point);
        const conversations = new Conversations({ store: faulty, now });
        const files = new ConversationFiles({
          store: faulty,
          conversations,
          now,
          expected: () => FAKE_MODEL,
          cards: responseCards(),
        });
        const id = nthId("conv_", failing);
        try {
          await files.import({
            tenant: TENANT,
            id,
            file: new Blob([file]).stream(),
            reread: false,
          });
          done = true;
        } catch (error) {
          assert(error instanceof CrashError, `${error}`);
        }
        const intact = new Conversations({ store, now });
        const found = await intact.get(TENANT, id).catch(() => undefined);
        clock.time += STAGING_MS;
        await cleanupOf(store, now).sweep(fail);
        if (found === undefined) {
          assert(!done);
          assert.deepEqual(await kept(store), [], `${point} call ${failing}`);
          continue;
        }
        assert.equal((await intact.items(TENANT, id)).length, 5);
        const runs = new RunStore({ store, now, owner: "x", leaseMs: 1 });
        for (const end of await intact.branches(TENANT, id)) await runs.load(TENANT, end.id);
        await intact.delete(TENANT, id);
        clock.time += STAGING_MS;
        await cleanupOf(store, now).sweep(fail);
        assert.deepEqual(await kept(store), [], `${point} call ${failing}`);
      }
    }
  });

  it("is generated as it is read", async () => {
    const { store, id } = await example();
    const conversations = new Conversations({ store, now: Date.now });
    let reads = 0;
    const counting = new Proxy(store, {
      get(target, name, receiver) {
        if (name === "getMany") reads++;
        const value = Reflect.get(target, name, target);
        void receiver;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const files = new ConversationFiles({
      store: counting,
      conversations,
      now: Date.now,
      expected: () => FAKE_MODEL,
      cards: responseCards(),
    });
    const bytes = await files.export(TENANT, id, false);
    for (let i = 0; i < 3; i++) await bytes.next();
    const early = reads;
    for await (const _ of bytes);
    assert(reads > early + 5, `${early} of ${reads} reads came early`);
  });
});
