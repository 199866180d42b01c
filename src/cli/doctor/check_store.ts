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

async function checkRedisSettings(url: string): Promise<Check[]> {
  const { judgeEviction, judgePersistence, readRedisSettings } = await import(
    "../../store/redis_settings.ts"
  );
  try {
    const settings = await readRedisSettings(url);
    return [
      { name: "redis eviction", ...judgeEviction(settings) },
      { name: "redis persistence", ...judgePersistence(settings) },
    ];
  } catch (error) {
    const detail = `Cannot be read (${messageOf(error)}): make sure that maxmemory-policy is ` +
      "noeviction and appendonly is yes";
    return [{ name: "redis settings", status: "warn", detail }];
  }
}
