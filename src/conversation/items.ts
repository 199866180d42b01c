import { readBlob } from "../records/blob.ts";
import { CorruptSnapshotError } from "../records/errors.ts";
import { decodeRecord } from "../records/record.ts";
import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import { ancestry } from "../tree/response_node.ts";
import { type Item, itemsSchema, logSchema } from "../tree/transcript.ts";
import type { Head } from "./head.ts";

/** The items that were added to a conversation and that no response has read. */
export async function pendingItems(
  store: KvStore,
  tenant: string,
  { pending }: Head,
  options?: StoreOptions,
): Promise<Item[]> {
  if (pending === null) return [];
  const bytes = await readBlob(store, tenant, pending, options);
  return decodeRecord(itemsSchema, bytes, pending.id);
}

/**
 * All items of a conversation, oldest first, including those that no response has read.
 *
 * @throws {CorruptSnapshotError} if some cannot be read.
 */
export async function allItems(
  store: KvStore,
  tenant: string,
  head: Head,
  options?: StoreOptions,
): Promise<Item[]> {
  return (await Array.fromAsync(itemsBackwards(store, tenant, head, options))).reverse();
}

/**
 * All items of a conversation, latest first, read from the store as they are iterated.
 *
 * @throws {CorruptSnapshotError} if some cannot be read.
 */
export async function* itemsBackwards(
  store: KvStore,
  tenant: string,
  head: Head,
  options?: StoreOptions,
): AsyncGenerator<Item> {
  yield* (await pendingItems(store, tenant, head, options)).reverse();
  for await (const { log } of ancestry(store, tenant, head.head, options)) {
    const bytes = await readBlob(store, tenant, log, options);
    const { messages, itemIds } = decodeRecord(logSchema, bytes, log.id);
    const items = messages.map((message, index): Item => {
      const id = itemIds[index];
      if (id === undefined) throw new CorruptSnapshotError(log.id, "a message has no item id");
      return { id, message };
    });
    yield* items.reverse();
  }
}
