import { DenoKvStore } from "../../src/store/deno_kv_store.ts";
import type { KvStore } from "../../src/store/kv_store.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";

const OPEN = { "deno-kv": DenoKvStore.open, "sqlite": SqliteStore.open } as const;

/** A store that keeps its values in a file. */
export type PersistentStore = keyof typeof OPEN;

/** Opens one, also for a process that is told its name. */
export async function openPersistent(
  name: PersistentStore,
  path: string,
  options?: { readonly patience?: number },
): Promise<KvStore> {
  return await OPEN[name](path, options);
}

/** The arguments of such a process: the name, the path, and more. */
export function persistentArgs(): [name: PersistentStore, path: string, ...rest: string[]] {
  const [name = "", path = "", ...rest] = Deno.args;
  if (!Object.hasOwn(OPEN, name)) throw new TypeError(`There is no store ${name}`);
  return [name as PersistentStore, path, ...rest];
}
