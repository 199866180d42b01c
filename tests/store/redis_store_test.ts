import assert from "node:assert/strict";
import { createClient } from "@redis/client";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { ForeignValueError, StoreUnavailableError } from "../../src/store/errors.ts";
import { RedisStore } from "../../src/store/redis_store.ts";
import { testKvStore } from "./kv_store_suite.ts";
import { hasRedis, type RedisServer, startRedis } from "./redis_server.ts";
import { testSharedStore } from "./shared_store_suite.ts";

const WRITE = { key: ["a"], value: Uint8Array.of(1) };

describe("a server of Redis", { ignore: !hasRedis }, () => {
  let server: RedisServer;
  let namespaces = 0;

  beforeAll(async () => {
    server = await startRedis();
  });

  afterAll(async () => await server?.[Symbol.asyncDispose]());

  const open = (options = {}) =>
    RedisStore.open(server.url, { ...options, namespace: `test${++namespaces}:` });

  testKvStore("RedisStore", (now) => open({ now }));

  testSharedStore("redis", async (test) => {
    await using fresh = await startRedis();
    await test(fresh.url);
  });

  describe("RedisStore", () => {
    it("keeps what it was told of when the server is killed, and goes on with it", async () => {
      await using own = await startRedis();
      const store = await RedisStore.open(own.url);
      await store.commit({ writes: [WRITE] });
      await own.kill();
      const reading = store.get(["a"]);
      await own.restart();
      assert.deepEqual((await reading)?.value, WRITE.value);
      assert.deepEqual(await store.commit({ writes: [WRITE] }), { ok: true });
      await store.close();
    });

    it("never gives a version twice, though the server forgets everything", async () => {
      await using own = await startRedis();
      const store = await RedisStore.open(own.url);
      await store.commit({ writes: [WRITE] });
      const before = (await store.get(["a"]))!;
      const admin = createClient({ url: own.url });
      await admin.connect();
      await admin.flushAll();
      admin.destroy();
      assert.equal(await store.get(["a"]), undefined);
      await store.commit({ writes: [{ ...WRITE, value: Uint8Array.of(2) }] });
      assert.deepEqual(await store.commit({ checks: [before], writes: [WRITE] }), { ok: false });
      assert.deepEqual((await store.get(["a"]))?.value, Uint8Array.of(2));
      await store.close();
    });

    it("says when the server does not answer", async () => {
      await using own = await startRedis();
      const store = await RedisStore.open(own.url, { patience: 300 });
      own.pause();
      const waited = (milliseconds: number) => (error: unknown) =>
        error instanceof StoreUnavailableError && error.waited === milliseconds;
      await assert.rejects(store.get(["a"]), waited(300));
      // It is known to hang, until it answers.
      await assert.rejects(store.commit({ writes: [WRITE] }), waited(30));
      await assert.rejects(store.get(["a"]), waited(30));
      own.resume();
      while (await store.get(["a"]).then(() => false, () => true));
      own.pause();
      await assert.rejects(store.get(["a"]), waited(300));
      own.resume();
      await store.close();
      await own.kill();
      await assert.rejects(RedisStore.open(own.url, { patience: 100 }), StoreUnavailableError);
    });

    it("passes on that the password is wrong, and does not try again", async () => {
      await using own = await startRedis({ requirepass: "right" });
      const withPassword = (password: string) => own.url.replace("//", `//:${password}@`);
      await assert.rejects(RedisStore.open(withPassword("wrong")), /WRONGPASS/);
      const store = await RedisStore.open(withPassword("right"));
      assert.deepEqual(await store.commit({ writes: [WRITE] }), { ok: true });
      await store.close();
    });

    it("refuses values of another program", async () => {
      const store = await open();
      await store.commit({ writes: [WRITE] });
      const client = await createClient({ url: server.url }).connect();
      const [name] = await client.keys(`test${namespaces}:entry:*`);
      await client.set(name!, "text");
      await assert.rejects(store.get(["a"]), ForeignValueError);
      await client.del(name!);
      await client.hSet(name!, "version", "1");
      await assert.rejects(store.get(["a"]), ForeignValueError);
      client.destroy();
      await store.close();
    });

    it("takes keys whose entries Redis removed out of its index", async () => {
      const store = await open();
      await store.commit({ writes: [WRITE, { ...WRITE, key: ["b"] }] });
      const client = await createClient({ url: server.url }).connect();
      await client.del((await client.keys(`test${namespaces}:entry:*a*`))[0]!);
      const keys = await Array.fromAsync(store.list([]), ({ key }) => key);
      assert.deepEqual(keys, [["b"]]);
      assert.equal(await client.zCard(`test${namespaces}:index`), 1);
      client.destroy();
      await store.close();
    });
  });
});
