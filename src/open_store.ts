import type { Config } from "./settings/config.ts";
import { DenoKvStore } from "./store/deno_kv_store.ts";
import type { KvStore } from "./store/kv_store.ts";
import { MemoryStore } from "./store/memory_store.ts";

/** The settings that say where conversations are kept. */
type StoreConfig = Pick<Config, "store" | "dataDirectory">;

/** The file of each kind in the data directory. Neither kind can read the other's. */
const STORE_FILES = { "deno-kv": "conversations.sqlite3", "sqlite": "conversations.db" } as const;

/**
 * Opens the store of the settings.
 *
 * @throws {Error} that names the store, if it cannot be opened.
 */
export async function openStore({ store, dataDirectory }: StoreConfig): Promise<KvStore> {
  if (store === "memory") return new MemoryStore();
  if (store === "deno-kv:") return await naming(storeName({ store }), () => DenoKvStore.open());
  if (store !== "deno-kv" && store !== "sqlite") {
    // Its client is loaded for those alone who asked for it.
    const { RedisStore } = await import("./store/redis_store.ts");
    return await naming(storeName({ store }), () => RedisStore.open(store));
  }
  await Deno.mkdir(dataDirectory, { recursive: true });
  const path = `${dataDirectory}/${STORE_FILES[store]}`;
  if (store === "deno-kv") return await naming(path, () => DenoKvStore.open(path));
  // What it needs of Node takes time to load.
  const { SqliteStore } = await import("./store/sqlite_store.ts");
  return await naming(path, () => SqliteStore.open(path));
}

/** The file of the store. `undefined` if it is none on this machine. */
export function databasePath({ store, dataDirectory }: StoreConfig): string | undefined {
  if (store !== "deno-kv" && store !== "sqlite") return undefined;
  return `${dataDirectory}/${STORE_FILES[store]}`;
}

/** Whether the store is a Redis server. */
export function isRedis({ store }: Pick<Config, "store">): boolean {
  return store.includes(":");
}

/** The store as logs may show it: its kind, or the host of a URL without the password. */
export function storeName({ store }: Pick<Config, "store">): string {
  if (store === "deno-kv:") return "the platform's Deno KV";
  return store.includes(":") ? `redis at ${new URL(store).host}` : store;
}

/** Adds to an error which store cannot be opened. */
async function naming(name: string, open: () => Promise<KvStore>): Promise<KvStore> {
  try {
    return await open();
  } catch (cause) {
    throw new Error(`${name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
