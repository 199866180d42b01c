import { afterAll, beforeAll, describe } from "@std/testing/bdd";
import { DenoKvStore } from "../../src/store/deno_kv_store.ts";
import type { KvStore } from "../../src/store/kv_store.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { RedisStore } from "../../src/store/redis_store.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import { openLocalObjects } from "./local_objects_store.ts";
import { hasRedis, type RedisServer, startRedis } from "./redis_server.ts";

/** Opens a store that is empty. */
export type OpenStore = (now?: () => number) => Promise<KvStore>;

/**
 * Describes the same tests over every store: memory, SQLite, Deno KV, Redis, and Durable Objects. Those in Redis are
 * skipped, with a line that says so, where there is no redis-server.
 *
 * The Durable Objects are in this process: from outside of workerd every call goes through miniflare's proxy, which takes
 * milliseconds and fails after some thousands. tests/cloudflare runs two suites on workerd, that of `KvStore` and the
 * one over HTTP.
 */
export function onEachDenoStore(
  title: (store: string) => string,
  tests: (open: OpenStore, store: string) => void,
): void {
  const simple: Readonly<Record<string, OpenStore>> = {
    memory: (now) => Promise.resolve(new MemoryStore(now ? { now } : {})),
    SQLite: (now) => SqliteStore.open(":memory:", now ? { now } : {}),
    "Durable Objects": (now) => Promise.resolve(openLocalObjects(now)),
    "Deno KV": (now) => DenoKvStore.open(":memory:", now ? { now } : {}),
  };
  for (const [store, open] of Object.entries(simple)) {
    describe(title(store), () => tests(open, store));
  }
  describe(title("Redis"), { ignore: !hasRedis }, () => {
    let server: RedisServer;
    let namespaces = 0;
    beforeAll(async () => {
      // What survives its end is tested elsewhere.
      server = await startRedis({ appendonly: "no" });
    });
    afterAll(async () => await server?.[Symbol.asyncDispose]());
    tests((now) => {
      const namespace = `test${++namespaces}:`;
      return RedisStore.open(server.url, { namespace, ...(now ? { now } : {}) });
    }, "Redis");
  });
}
