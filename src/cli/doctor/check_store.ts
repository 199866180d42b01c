import type { Config } from "../../settings/config.ts";
import { openStore, storeName } from "../../open_store.ts";
import { type Check, messageOf } from "./check.ts";
import { checkStored } from "./check_stored.ts";

/** How long the test key lives if it cannot be deleted. */
const EXPIRE_MS = 60_000;

/**
 * Checks that the store can be reached, written and read, and that a Redis server is set up to keep what it is given.
 * Says what it keeps.
 */
export async function checkStore(config: Config): Promise<Check[]> {
  const name = "store";
  const shown = storeName(config);
  if (config.store === "memory") {
    const detail = "memory: conversations are lost when the server stops";
    return [{ name, status: "warn", detail }];
  }
  let stored: Check;
  try {
    await using store = await openStoreFor(config);
    await writeAndRead(store);
    stored = await checkStored(config, store);
  } catch (error) {
    return [{ name, status: "fail", detail: messageOf(error) }];
  }
  const written: Check = { name, status: "ok", detail: `${shown}: written and read` };
  return config.store.includes(":")
    ? [written, stored, ...await checkRedisSettings(config.store)]
    : [written, stored];
}

type OpenStore = Awaited<ReturnType<typeof openStore>>;

async function openStoreFor(config: Config): Promise<OpenStore & AsyncDisposable> {
  const store = await openStore(config);
  return Object.assign(store, { [Symbol.asyncDispose]: async () => await store.close() });
}

async function writeAndRead(store: OpenStore): Promise<void> {
  // Not the name of a tenant, so nothing else looks at it.
  const key = ["\0doctor", crypto.randomUUID()];
  const value = crypto.getRandomValues(new Uint8Array(16));
  await store.commit({ writes: [{ key, value, expireIn: EXPIRE_MS }] });
  const read = await store.get(key);
  await store.commit({ writes: [{ key, delete: true }] });
  if (read === undefined || read.value.toHex() !== value.toHex()) {
    throw new Error("The store did not give back what was written");
  }
}

/** Settings of a Redis server on which it depends whether it keeps conversations. */
async function checkRedisSettings(url: string): Promise<Check[]> {
  const { createClient } = await import("@redis/client");
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on("error", () => {}); // Told by the call that fails.
  try {
    await client.connect();
    const settings = await client.configGet([
      "maxmemory",
      "maxmemory-policy",
      "appendonly",
      "appendfsync",
      "save",
    ]);
    return [checkEviction(settings), checkPersistence(settings)];
  } catch (error) {
    const detail = `Cannot be read (${messageOf(error)}): make sure that maxmemory-policy is ` +
      "noeviction and appendonly is yes";
    return [{ name: "redis settings", status: "warn", detail }];
  } finally {
    client.destroy();
  }
}

type RedisSettings = Readonly<Record<string, string>>;

/**
 * A server that evicts keys when its memory is full loses parts of conversations.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(checkEviction({ maxmemory: "0", "maxmemory-policy": "noeviction" }).status, "ok");
 * assert.equal(checkEviction({ maxmemory: "1000", "maxmemory-policy": "allkeys-lru" }).status, "fail");
 * ```
 */
export function checkEviction(settings: RedisSettings): Check {
  const name = "redis eviction";
  const policy = settings["maxmemory-policy"] ?? "unknown";
  if (policy === "noeviction") return { name, status: "ok", detail: policy };
  const isBounded = settings["maxmemory"] !== "0";
  const detail = `maxmemory-policy is ${policy}: when memory is full, parts of conversations are ` +
    "deleted. Set it to noeviction";
  return { name, status: isBounded ? "fail" : "warn", detail };
}

/** A server that keeps data in memory alone loses it when it stops. */
export function checkPersistence(settings: RedisSettings): Check {
  const name = "redis persistence";
  if (settings["appendonly"] === "yes") {
    const fsync = settings["appendfsync"] ?? "unknown";
    if (fsync === "always") return { name, status: "ok", detail: "appendonly, appendfsync always" };
    const detail = `appendfsync is ${fsync}: a power failure loses the last writes. ` +
      "Set it to always to keep all of them";
    return { name, status: "warn", detail };
  }
  const hasSnapshots = (settings["save"] ?? "") !== "";
  const detail = hasSnapshots
    ? "appendonly is no: a crash loses everything since the last snapshot. Set it to yes"
    : "Nothing is written to disk (appendonly is no, save is empty): set appendonly to yes";
  return { name, status: hasSnapshots ? "warn" : "fail", detail };
}
