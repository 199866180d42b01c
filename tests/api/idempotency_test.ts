import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { errorOf } from "../error_of.ts";
import { Fuzz } from "../fuzz.ts";
import { onEachDenoStore } from "../store/each_deno_store.ts";
import { idempotencyOf } from "./idempotency_record.ts";
import { chatBody, harness, type HarnessOptions, NOW, responseBody, settle } from "./harness.ts";

const JSON_TYPE = { "content-type": "application/json" };
const DAY_MS = 24 * 60 * 60_000;
const hang = () => new Promise<string>(() => {});

/** A harness whose requests have keys. */
function client(options: HarnessOptions = {}) {
  const served = harness(options);
  const send = (path: string, key: string, body: unknown, init: RequestInit = {}) =>
    Promise.resolve(served.app.request(path, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...init,
      headers: { ...JSON_TYPE, "idempotency-key": key, ...init.headers },
    }));
  return { ...served, send };
}

const isReplay = ({ headers }: Response) => headers.get("idempotent-replayed") === "true";

const user = (content: string) => ({ role: "user", content });

/** What creates something: a path, and a body. */
const CREATING: readonly (readonly [path: string, body: object])[] = [
  ["/v1/chat/completions", chatBody()],
  ["/v1/chat/completions", chatBody({ stream: true })],
  ["/v1/chat/completions", chatBody({ store: true })],
  ["/v1/completions", { model: "tern-test", prompt: "Hi" }],
  ["/v1/completions", { model: "tern-test", prompt: "Hi", stream: true }],
  ["/v1/responses", responseBody()],
  ["/v1/responses", responseBody({ store: false })],
  ["/v1/responses", responseBody({ stream: true })],
  ["/v1/responses", responseBody({ stream: true, store: false })],
  ["/v1/responses", responseBody({ background: true })],
  ["/v1/responses/compact", responseBody()],
  ["/v1/conversations", { items: [user("Hi")] }],
  ["/v1/conversations/CONV/items", { items: [user("Hi")] }],
  ["/v1/conversations/CONV/fork", {}],
  ["/v1/conversations/CONV/rewind", { response_id: null }],
];

onEachDenoStore((store) => `a request with a key, over ${store}`, (open) => {
  it("creates once, and gives the same result again, from any server and after a restart", async () => {
    const store = await open(() => NOW);
    const { send, post, chat } = client({ store });
    const other = client({ store, idsAfter: 1_000 });
    const { id } = await (await post("/v1/conversations", {})).json();
    for (const [n, [named, body]] of CREATING.entries()) {
      const path = named.replace("CONV", id);
      const first = await send(path, `key ${n}`, body);
      const text = await first.text();
      assert.equal(first.status, 200, text);
      assert(!isReplay(first));
      for (let i = 0; i < 3; i++) await settle();
      const turns = chat.requests.length;
      for (const server of [send, other.send]) {
        const again = await server(path, `key ${n}`, body);
        assert.deepEqual([again.status, isReplay(again)], [200, true], `${path}, ${n}`);
        if (!("background" in body)) assert.equal(await again.text(), text, path);
        assert.equal(
          again.headers.get("content-type"),
          first.headers.get("content-type"),
        );
        assert(again.headers.get("x-request-id") !== first.headers.get("x-request-id"));
        await again.body?.cancel().catch(() => {});
      }
      assert.equal(chat.requests.length, turns, `${path} was made again`);
      assert.equal(other.chat.requests.length, 0);
      const fresh = await send(path, `other key ${n}`, body);
      assert(!isReplay(fresh));
      await fresh.text();
    }
    await store.close();
  });

  it("gives long results again", async () => {
    const store = await open(() => NOW);
    const pieces = Array.from({ length: 3_000 }, (_, i) => `piece ${i} `);
    const { send } = client({ store, script: { pieces }, maxBodyBytes: 1_000_000 });
    for (const stream of [false, true]) {
      const first = await (await send("/v1/chat/completions", `${stream}`, chatBody({ stream })))
        .text();
      assert(first.length > 20_000);
      for (let i = 0; i < 50; i++) await settle();
      const again = await send("/v1/chat/completions", `${stream}`, chatBody({ stream }));
      assert(isReplay(again));
      assert(await again.text() === first);
    }
    await store.close();
  });
});

describe("a key", () => {
  it("is good for one request alone", async () => {
    const { send, post } = client();
    const { id } = await (await post("/v1/conversations", {})).json();
    await (await send("/v1/responses", "k", responseBody())).text();
    const others = [
      send("/v1/responses", "k", responseBody({ input: "Another" })),
      send("/v1/responses", "k", responseBody({ stream: true })),
      send("/v1/responses?x=1", "k", responseBody()),
      send("/v1/chat/completions", "k", chatBody()),
      send("/v1/conversations", "k", {}),
      send(`/v1/conversations/${id}/fork`, "k", {}),
      send(`/v1/conversations/${id}/ingest`, "k", "A text.", {
        headers: { "content-type": "text/plain" },
      }),
    ];
    for (const reply of await Promise.all(others)) {
      const error = await errorOf(reply, 422);
      assert.deepEqual([error.code, error.param], ["idempotency_key_reused", "Idempotency-Key"]);
    }
    assert(isReplay(await send("/v1/responses", "k", responseBody())));
  });

  it("is each tenant's own", async () => {
    const { send, chat } = client({ keys: ["alpha", "beta"] });
    const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
    const one = await (await send("/v1/responses", "k", responseBody(), as("alpha"))).json();
    const two = await send("/v1/responses", "k", responseBody({ input: "x" }), as("beta"));
    assert.equal(two.status, 200);
    assert.notEqual((await two.json()).id, one.id);
    assert.equal(chat.requests.length, 2);
  });

  it("is forgotten after a day", async () => {
    const time = { now: NOW };
    const store = new MemoryStore({ now: () => time.now });
    const { send } = client({ store });
    const ask = () => send("/v1/chat/completions", "k", chatBody());
    await (await ask()).text();
    time.now += DAY_MS - 1;
    assert(isReplay(await ask()));
    time.now += 2;
    assert(!isReplay(await ask()));
  });

  it("has 1 to 255 characters that print", async () => {
    const { send } = client();
    for (const key of ["", "a".repeat(256), "ä"]) {
      const error = await errorOf(await send("/v1/conversations", key, {}), 400);
      assert.equal(error.param, "Idempotency-Key");
    }
    for (const key of ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', "a".repeat(255), "../*"]) {
      assert.equal((await send("/v1/conversations", key, {})).status, 200);
    }
  });

  it("keeps no refusal and no failure: the next such request is answered anew", async () => {
    const { send, chat, post } = client({ script: { beginError: new Error("a fault") } });
    await errorOf(await send("/v1/chat/completions", "k", chatBody()), 500);
    chat.script = { pieces: ["a"], streamError: new Error("a fault") };
    const body = chatBody({ stream: true });
    assert.match(await (await send("/v1/chat/completions", "s", body)).text(), /"error"/);
    for (let i = 0; i < 3; i++) await settle();
    chat.script = { pieces: ["a"] };
    const fine = await send("/v1/chat/completions", "k", chatBody());
    assert.deepEqual([fine.status, isReplay(fine)], [200, false]);
    const streamed = await send("/v1/chat/completions", "s", body);
    assert.doesNotMatch(await streamed.text(), /"error"/);
    assert(!isReplay(streamed));
    const path = `/v1/conversations/conv_${"0".repeat(48)}/items`;
    for (let i = 0; i < 2; i++) {
      const refused = await send(path, "c", { items: [user("x")] });
      assert(!isReplay(refused));
      await errorOf(refused, 404);
    }
    await errorOf(await send("/v1/chat/completions", "v", "{"), 400);
    assert.equal((await send("/v1/chat/completions", "v", chatBody())).status, 200);
    await errorOf(await send("/v1/chat/completions", "l", "x".repeat(200_000)), 413);
    assert.equal((await post("/v1/chat/completions", chatBody())).status, 200);
  });

  it("changes nothing where nothing is created", async () => {
    const { send, post, app } = client();
    const { id } = await (await post("/v1/conversations", {})).json();
    for (const name of ["a", "b"]) {
      const reply = await send(`/v1/conversations/${id}`, "k", { metadata: { name } });
      assert.equal((await reply.json()).metadata.name, name);
    }
    const got = await app.request(`/v1/conversations/${id}`, {
      headers: { "idempotency-key": "k" },
    });
    assert.equal(got.status, 200);
  });
});

describe("the same request twice at once", () => {
  for (
    const [path, body] of [
      ["/v1/chat/completions", chatBody()],
      ["/v1/chat/completions", chatBody({ stream: true })],
      ["/v1/completions", { model: "tern-test", prompt: "Hi", stream: true }],
      ["/v1/responses", responseBody()],
      ["/v1/responses", responseBody({ stream: true })],
      ["/v1/responses", responseBody({ stream: true, store: false })],
    ] as const
  ) {
    const name = `${path} ${JSON.stringify(body)}`;

    it(`is answered once, here and on another server: ${name}`, async () => {
      const gate = Promise.withResolvers<string>();
      const store = new MemoryStore();
      const { send, chat } = client({ store, script: { pieces: ["a", gate.promise, "c"] } });
      const other = client({ store, idsAfter: 1_000 });
      const first = send(path, "k", body);
      while (chat.requests.length === 0) await settle();
      const second = send(path, "k", body);
      const third = other.send(path, "k", body);
      for (let i = 0; i < 20; i++) await settle();
      gate.resolve("b");
      const texts = await Promise.all(
        [first, second, third].map(async (reply) => (await reply).text()),
      );
      assert.equal(new Set(texts).size, 1);
      assert.match(texts[0]!, /a/);
      assert.deepEqual([isReplay(await first), isReplay(await second), isReplay(await third)], [
        false,
        true,
        true,
      ]);
      assert.equal(chat.requests.length + other.chat.requests.length, 1);
    });
  }

  it("joins a stream before its end, from its beginning", async () => {
    const { send } = client({ script: { pieces: ["a", hang()] } });
    const body = chatBody({ stream: true });
    const first = (await send("/v1/chat/completions", "k", body)).body!.getReader();
    const second = (await send("/v1/chat/completions", "k", body)).body!.getReader();
    for (let i = 0; i < 2; i++) {
      const [one, two] = await Promise.all([first.read(), second.read()]);
      assert.deepEqual(one.value, two.value);
    }
    await first.cancel();
    await second.cancel();
  });

  it("goes on for those who joined when the first one leaves, and ends with the last", async () => {
    const gate = Promise.withResolvers<string>();
    const { send, chat } = client({ script: { pieces: ["a", gate.promise, hang()] } });
    const body = chatBody({ stream: true });
    const left = new AbortController();
    const first = await send("/v1/chat/completions", "k", body, { signal: left.signal });
    const second = await send("/v1/chat/completions", "k", body);
    left.abort();
    await first.body!.cancel();
    await settle();
    assert(!chat.request.signal.aborted);
    gate.resolve("b");
    const reader = second.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes('"content":"b"')) text += (await reader.read()).value;
    await reader.cancel();
    await settle();
    assert(chat.request.signal.aborted);
    // Nobody has its result, so the next one is answered anew.
    for (let i = 0; i < 5; i++) await settle();
    chat.script = { pieces: ["anew"] };
    const third = await send("/v1/chat/completions", "k", body);
    assert(!isReplay(third));
    assert.match(await third.text(), /anew/);
  });

  it("is answered anew where the first client left before its reply", async () => {
    const { send, chat } = client({ script: { pieces: [hang()] } });
    const left = new AbortController();
    const first = send("/v1/chat/completions", "k", chatBody(), { signal: left.signal });
    while (chat.requests.length === 0) await settle();
    chat.script = { pieces: ["anew"] };
    const second = send("/v1/chat/completions", "k", chatBody());
    await settle();
    left.abort();
    assert.equal((await first).status, 499);
    assert.match(await (await second).text(), /anew/);
  });

  it("makes one of each kind, whoever comes first", async () => {
    const fuzz = new Fuzz("the same request at once");
    const store = new MemoryStore();
    const servers = [0, 1_000, 2_000].map((idsAfter) => client({ store, idsAfter }));
    for (let round = 0; round < 20; round++) {
      const [path, body] = fuzz.pick(CREATING.filter(([path]) => !path.includes("CONV")));
      const replies = await Promise.all(Array.from({ length: 4 }, async () => {
        const server = fuzz.pick(servers);
        for (let i = fuzz.below(4); i > 0; i--) await settle();
        const reply = await server.send(path, `round ${round}`, body);
        return { status: reply.status, replay: isReplay(reply), text: await reply.text() };
      }));
      assert.equal(replies.filter(({ replay }) => !replay).length, 1, `${path}, round ${round}`);
      assert(replies.every(({ status }) => status === 200));
      if ("background" in body) continue;
      assert.equal(new Set(replies.map(({ text }) => text)).size, 1, `${path}, round ${round}`);
    }
  });
});

describe("a request with a key whose server dies", () => {
  it("is answered anew once it gives no more signs of life, and not before", async () => {
    const time = { now: NOW };
    const store = new MemoryStore({ now: () => time.now });
    const dying = client({ store, script: { pieces: [hang()] } });
    const other = client({ store, idsAfter: 1_000 });
    const body = chatBody();
    void dying.send("/v1/chat/completions", "k", body);
    while (dying.chat.requests.length === 0) await settle();
    const second = other.send("/v1/chat/completions", "k", body);
    for (let i = 0; i < 20; i++) await settle();
    assert.equal(other.chat.requests.length, 0);
    other.time.now += 60_001;
    const reply = await second;
    assert.deepEqual([reply.status, isReplay(reply)], [200, false]);
    const replay = await other.send("/v1/chat/completions", "k", body);
    assert(isReplay(replay));
    assert.equal(await replay.text(), await reply.text());
  });

  for (const stream of [true, false]) {
    it(`gets the response that it had made already (stream: ${stream})`, async () => {
      const store = new MemoryStore();
      const dying = client({ store });
      const body = responseBody({ stream });
      const made = await (await dying.send("/v1/responses", "k", body)).text();
      for (let i = 0; i < 5; i++) await settle();
      // As if it had died before it could say what it made.
      const [record] = await Array.fromAsync(store.list(["public", "idempotency"]));
      await store.commit({
        writes: [{
          key: record!.key,
          value: idempotencyOf(record!.value, { result: null, expiresAt: 0 }),
        }],
      });
      const other = client({ store, idsAfter: 1_000 });
      const again = await other.send("/v1/responses", "k", body);
      assert(isReplay(again));
      assert.equal(await again.text(), made);
      assert.equal(other.chat.requests.length, 0);
    });
  }
});

describe("an upload with a key", () => {
  const TEXT = { "content-type": "text/plain" };

  it("is read once, and compared when it is sent again", async () => {
    const { send, post, app } = client();
    const { id } = await (await post("/v1/conversations", {})).json();
    const path = `/v1/conversations/${id}/ingest`;
    const text = "Once upon a time. ".repeat(100);
    const first = await send(path, "k", text, { headers: TEXT });
    const status = await first.text();
    assert.equal(first.status, 200, status);
    const again = await send(path, "k", text, { headers: TEXT });
    assert.deepEqual([again.status, isReplay(again), await again.text()], [200, true, status]);
    assert.equal(again.headers.get("upload-offset"), first.headers.get("upload-offset"));
    const other = await send(path, "k", `${text}!`, { headers: TEXT });
    assert.equal((await errorOf(other, 422)).code, "idempotency_key_reused");
    const elsewhere = { ...TEXT, "upload-offset": "3" };
    await errorOf(await send(path, "k", text, { headers: elsewhere }), 422);
    const items = await (await app.request(`/v1/conversations/${id}/items`)).json();
    assert.equal(items.data.length, 1);
  });

  it("imports a file once", async () => {
    const { send, post, app } = client({ maxBodyBytes: 1_000_000 });
    const { id } = await (await post("/v1/conversations", { items: [user("Hi")] })).json();
    await (await post("/v1/responses", responseBody({ conversation: id }))).text();
    const file = await (await app.request(`/v1/conversations/${id}/export`)).bytes();
    const import_ = (bytes: Uint8Array<ArrayBuffer>) =>
      send("/v1/conversations/import", "k", "", {
        headers: { "content-type": "application/vnd.tern.conversation" },
        body: bytes,
      });
    const first = await (await import_(file)).json();
    const again = await import_(file);
    assert(isReplay(again));
    assert.deepEqual(await again.json(), first);
    await errorOf(await import_(file.slice(1)), 422);
  });
});
