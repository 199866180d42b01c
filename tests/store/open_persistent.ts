import { DenoKvStore } from "../../src/store/deno_kv_store.ts";
import type { KvStore } from "../../src/store/kv_store.ts";
import { RedisStore } from "../../src/store/redis_store.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";

const OPEN = {
  "deno-kv": DenoKvStore.open,
  "sqlite": SqliteStore.open,
  "redis": RedisStore.open,
} as const;

/** A store that keeps its values outside of the process: in a file, or in a server at a URL. */
export type PersistentStore = keyof typeof OPEN;

/** Opens one, also for a process that is told its name. */
export async function openPersistent(
  name: PersistentStore,
  place: string,
  options?: { readonly patience?: number },
): Promise<KvStore> {
  return await OPEN[name](place, options);
}

/** The arguments of such a process: the name, the place, and more. */
export function persistentArgs(): [name: PersistentStore, place: string, ...rest: string[]] {
  const [name = "", place = "", ...rest] = Deno.args;
  if (!Object.hasOwn(OPEN, name)) throw new TypeError(`There is no store ${name}`);
  return [name as PersistentStore, place, ...rest];
}
