import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { counterValue } from "../../src/store/counter.ts";
import { DenoKvStore } from "../../src/store/deno_kv_store.ts";
import { KV_TOKEN, type KvConnectServer, startKvConnect } from "./kv_connect_server.ts";
import { testKvStore } from "./kv_store_suite.ts";

// Deno reads the token from the environment only.
Deno.env.set("DENO_KV_ACCESS_TOKEN", KV_TOKEN);

describe("DenoKvStore over KV Connect", () => {
  const servers: KvConnectServer[] = [];
  afterAll(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
  });
  testKvStore("the store", async (now) => {
    const server = startKvConnect();
    servers.push(server);
    return await DenoKvStore.open(server.url, { now });
  });
});

describe("two stores over one KV Connect server", () => {
  let server: KvConnectServer;
  beforeAll(() => void (server = startKvConnect()));
  afterAll(async () => await server[Symbol.asyncDispose]());

  it("see each other's commits, and lose no addition", async () => {
    const [one, other] = await Promise.all([
      DenoKvStore.open(server.url),
      DenoKvStore.open(server.url),
    ]);
    const value = new Uint8Array([1, 2, 3]);
    assert((await one.commit({ writes: [{ key: ["a"], value }] })).ok);
    assert.deepEqual((await other.get(["a"]))?.value, value);
    // Both claim the same key, and only one gets it.
    const claims = await Promise.all([one, other].map((store) =>
      store.commit({
        checks: [{ key: ["claimed"], version: undefined }],
        writes: [{ key: ["claimed"], value }],
      })
    ));
    assert.equal(claims.filter(({ ok }) => ok).length, 1);
    await Promise.all(
      [one, other].flatMap((store) =>
        Array.from({ length: 20 }, () => store.commit({ writes: [{ key: ["n"], add: 1 }] }))
      ),
    );
    assert.equal(counterValue(await one.get(["n"])), 40);
    await one.close();
    await other.close();
  });
});
