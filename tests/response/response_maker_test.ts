import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { RateLimitError } from "../../src/limits/rate_limits.ts";
import { TurnQueueFullError } from "../../src/limits/turn_queue.ts";
import { unpackJson } from "../../src/records/packed_json.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import {
  Clock,
  hang,
  instance,
  LEASE_MS,
  never,
  newResponse,
  read,
  readUpTo,
  settle,
  stopAfter,
  TENANT,
  texts,
  WatchedStore,
} from "./maker_instance.ts";

describe("ResponseMaker", () => {
  it("lets nobody see a piece that is not durable", async () => {
    const store = new WatchedStore();
    const { maker } = instance(store, new Clock(), ["a", "b", "c"]);
    let logged = "";
    store.onCommit = ({ writes }) => {
      for (const write of writes) {
        if (write.key[1] === "log" && "value" in write) {
          logged += unpackJson(write.value.subarray(4));
        }
      }
    };
    const response = newResponse();
    await maker.create(response, never);
    for await (const event of maker.follow(TENANT, response.id, never)) {
      if (event.type === "text") assert.ok(logged.includes(`"${event.text}"`), event.text);
    }
  });

  it("writes what gathers while a write is under way in one", async () => {
    const store = new WatchedStore();
    const pieces = Array.from({ length: 500 }, (_, i) => `${i} `);
    const { maker } = instance(store, new Clock(), pieces);
    store.delay = 5;
    let commits = 0;
    store.onCommit = () => commits++;
    const response = newResponse();
    await maker.create(response, never);
    assert.deepEqual(texts(await read(maker, response.id)), pieces);
    assert.ok(commits < 100, `${commits} commits`);
  });

  it("gives all readers the same, whenever they come and wherever they ask", async () => {
    const store = new MemoryStore();
    const clock = new Clock();
    const gate = Promise.withResolvers<string>();
    const here = instance(store, clock, ["a", gate.promise, "c"]);
    const there = instance(store, clock, []);
    const response = newResponse();
    await here.maker.create(response, never);
    const early = [read(here.maker, response.id), read(there.maker, response.id)];
    await settle();
    gate.resolve("b");
    const [first, second] = await Promise.all(early);
    const late = await read(there.maker, response.id);
    assert.deepEqual(texts(first!), ["a", "b", "c"]);
    assert.deepEqual(second, first);
    assert.deepEqual(late, first);
    assert.equal(there.chat.requests.length, 0, "it was made once");
  });

  it("goes on elsewhere when its lease has expired, with the tokens that are durable", async () => {
    const { store, clock, response } = await stopAfter("a", "b");

    const living = instance(store, clock, ["a", "b", "c"]);
    const reading = read(living.maker, response.id);
    await settle();
    assert.equal(living.chat.requests.length, 0, "the lease holds");
    clock.time += LEASE_MS;
    assert.deepEqual(texts(await reading), ["a", "b", "c"]);
    assert.deepEqual(living.chat.request.resume?.tokens, [1, 1]);
    assert.equal(living.chat.request.resume?.start.seed, 42);
  });

  it("writes nothing more when it wakes up after its lease was taken", async () => {
    const store = new WatchedStore();
    const clock = new Clock();
    const gate = Promise.withResolvers<string>();
    const zombie = instance(store, clock, ["a", gate.promise, "x", "y"]);
    const response = newResponse({ mode: "background" });
    await zombie.maker.create(response, never);
    await readUpTo(zombie.maker, response.id, "a");
    clock.time += LEASE_MS;
    const living = instance(store, clock, ["a", "b", "c"]);
    const events = await read(living.maker, response.id);
    const before = await Array.fromAsync(store.list([]));

    gate.resolve("wrong");
    await settle();
    assert.deepEqual(await Array.fromAsync(store.list([])), before);
    assert.deepEqual(await read(zombie.maker, response.id), events);
    assert.deepEqual(zombie.reports, []);
  });

  it("is swept up when nobody asks for it", async () => {
    const { store, clock, response } = await stopAfter("a");
    const living = instance(store, clock, ["a", "b"]);
    await living.maker.sweep();
    await settle();
    assert.equal(living.chat.requests.length, 0);
    clock.time += LEASE_MS;
    await living.maker.sweep();
    await settle();
    assert.equal(living.chat.requests.length, 1);
    assert.deepEqual(texts(await read(living.maker, response.id)), ["a", "b"]);
  });

  it("is made by one of many that sweep at once", async () => {
    const store = new MemoryStore();
    const clock = new Clock();
    const dying = instance(store, clock, [hang()]);
    const response = newResponse({ mode: "background" });
    await dying.maker.create(response, never);
    await settle();
    clock.time += LEASE_MS;
    const others = Array.from({ length: 5 }, () => instance(store, clock, ["a"]));
    await Promise.all(others.map(({ maker }) => maker.sweep()));
    await settle();
    assert.equal(others.reduce((sum, { chat }) => sum + chat.requests.length, 0), 1);
    assert.deepEqual(texts(await read(others[0]!.maker, response.id)), ["a"]);
  });

  it("hands over at once what it makes when it is closed", async () => {
    const store = new MemoryStore();
    const clock = new Clock();
    const closing = instance(store, clock, ["a", hang()]);
    const response = newResponse();
    await closing.maker.create(response, never);
    await readUpTo(closing.maker, response.id, "a");
    await closing.maker.close();
    const next = instance(store, clock, ["a", "b"]);
    assert.deepEqual(texts(await read(next.maker, response.id)), ["a", "b"]);
  });

  it("goes on after the store was away, and loses nothing that was seen", async () => {
    const store = new WatchedStore();
    const clock = new Clock();
    const gate = Promise.withResolvers<string>();
    const first = instance(store, clock, ["a", gate.promise, "c"]);
    const response = newResponse({ mode: "background" });
    await first.maker.create(response, never);
    await readUpTo(first.maker, response.id, "a");
    store.failing = true;
    gate.resolve("b");
    while (first.reports.length === 0) await settle();
    await first.maker.settled();
    store.failing = false;
    assert.equal(first.reports.length, 1);
    clock.time += LEASE_MS;
    first.chat.script = { pieces: ["a", "b", "c"] };
    assert.deepEqual(texts(await read(first.maker, response.id)), ["a", "b", "c"]);
  });

  it("is given up in the end when its client left and nobody asks for it", async () => {
    const store = new MemoryStore();
    const clock = new Clock();
    const { maker, chat } = instance(store, clock, ["a", hang()]);
    const response = newResponse();
    await maker.create(response, never);
    await (await readUpTo(maker, response.id, "a")).return();
    await maker.left(TENANT, response.id);
    clock.time += LEASE_MS;
    await maker.sweep();
    assert.equal(chat.requests.length, 1, "it waits");
    clock.time += 60 * 60_000;
    await maker.sweep();
    assert.equal((await maker.get(TENANT, response.id)).end?.type, "cancelled");
    assert.equal(chat.requests.length, 1);
  });

  it("does not stop for a client that leaves while another reads", async () => {
    const store = new MemoryStore();
    const gate = Promise.withResolvers<string>();
    const { maker, chat } = instance(store, new Clock(), ["a", gate.promise]);
    const response = newResponse();
    await maker.create(response, never);
    const other = read(maker, response.id);
    await settle();
    await maker.left(TENANT, response.id);
    assert(!chat.request.signal.aborted);
    gate.resolve("b");
    assert.deepEqual(texts(await other), ["a", "b"]);
  });

  it("keeps texts of any length and every kind", async () => {
    const long = ["é\ud83d\udc26\0".repeat(20_000), "\ud83d", '"\\'.repeat(9_000)];
    const { maker } = instance(new MemoryStore(), new Clock(), long);
    const response = newResponse();
    await maker.create(response, never);
    assert.ok(texts(await read(maker, response.id)).join("") === long.join(""));
    assert.ok(
      (await maker.get(TENANT, response.id)).pieces.map(({ text }) => text).join("") ===
        long.join(""),
    );
  });

  it("does not go on with an answer that comes out differently", async () => {
    const { store, clock, response } = await stopAfter("a", "b");
    clock.time += LEASE_MS;
    const other = instance(store, clock, ["a", "x", "c"]);
    const events = await read(other.maker, response.id);
    assert.deepEqual(texts(events), ["a", "b"]);
    assert.equal(events.at(-1)?.type, "failed");
  });

  for (
    const refusal of [new RateLimitError("tokens", 1000, 60_000), new TurnQueueFullError(2)]
  ) {
    it(`is taken up later when it is refused with a ${refusal.name}`, async () => {
      const { maker, chat, reports } = instance(new MemoryStore(), new Clock(), ["a", "b"]);
      chat.script = { beginError: refusal };
      const response = newResponse({ mode: "background" });
      await maker.create(response, never);
      await maker.settled();
      const { end, begun } = await maker.get(TENANT, response.id);
      assert.equal(end, null);
      assert(!begun);
      await maker.settled();
      chat.script = { pieces: ["a", "b"] };
      await maker.sweep();
      const events = await read(maker, response.id);
      assert.equal(chat.requests.length, 3);
      assert.deepEqual(texts(events), ["a", "b"]);
      assert.equal(events.at(-1)?.type, "end");
      assert.deepEqual(reports, []);
    });
  }

  it("waits between tries when it is refused while somebody reads", async () => {
    const { maker, chat } = instance(new MemoryStore(), new Clock(), []);
    chat.script = { beginError: new TurnQueueFullError(2) };
    const response = newResponse({ mode: "background" });
    await maker.create(response, never);
    const reading = read(maker, response.id);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(chat.requests.length < 20, `${chat.requests.length} tries`);
    chat.script = { pieces: ["a"] };
    assert.deepEqual(texts(await reading), ["a"]);
  });

  it("keeps the text that was there before it failed, however slow the store is", async () => {
    const store = new WatchedStore();
    const { maker, chat, reports } = instance(store, new Clock(), []);
    const pieces = ["a", "b", "c", "d"];
    chat.script = { pieces, streamError: new Error("a test") };
    store.delay = 5;
    const response = newResponse();
    await maker.create(response, never);
    const events = await read(maker, response.id);
    assert.deepEqual(texts(events), pieces);
    assert.equal(events.at(-1)?.type, "failed");
    assert.equal(
      (await maker.get(TENANT, response.id)).pieces.map(({ text }) => text).join(""),
      "abcd",
    );
    assert.equal(reports.length, 1);
  });
});
