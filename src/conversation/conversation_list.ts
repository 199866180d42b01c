import type { Entry, Key, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { CorruptSnapshotError } from "../records/errors.ts";
import { type Head, headSchema, listingWrites, readHead } from "./head.ts";
import {
  conversationKey,
  conversationPrefix,
  conversationTimeKey,
  conversationTimes,
  headKey,
  listedKey,
  type Order,
} from "../records/keys.ts";
import { type Conversation, conversationSchema } from "./conversation_record.ts";
import { decodeRecord } from "../records/record.ts";
import { slicing } from "../stream/slices.ts";

/** A conversation as it is shown. */
export interface ShownConversation extends Omit<Conversation, "charged"> {
  /** What it is called: as somebody said, or else by how it begins. `null`: nobody has said anything yet. */
  readonly title: string | null;
  /** When something was last said in it, milliseconds since the epoch. */
  readonly changedAt: number;
}

/** Where a page of conversations begins: after the conversation that was changed at a time. */
export interface ListPosition {
  readonly changedAt: number;
  readonly id: string;
}

/** Which conversations are asked for. */
export interface ConversationQuery {
  /** By when something was last said in them. */
  readonly order: Order;
  readonly limit: number;
  /** Where to begin: a conversation, wherever it is now, or a position. */
  readonly after?: string | ListPosition | undefined;
  /** What is to be in the title or in a value of the metadata, in upper or lower case. */
  readonly text?: string | undefined;
}

/** A page of conversations. */
export interface ConversationPage {
  readonly found: readonly ShownConversation[];
  /** Where the next page begins. `undefined`: this is the last one. */
  readonly next: ListPosition | undefined;
}

/** Conversations that are looked at together: as many heads fit one commit. */
const BATCH = 64;

/** Conversations that are looked at for one page. Who searches goes on after them. */
const MAX_LOOKED_AT = 2_000;

/** What a conversation is shown as. */
export function shown(
  { charged: _, ...conversation }: Conversation,
  { title, changedAt }: Head,
): ShownConversation {
  const { metadata } = conversation;
  return { ...conversation, title: conversation.title ?? metadata["title"] ?? title, changedAt };
}

/**
 * Lists the conversations of a tenant by when something was last said in them. What is said meanwhile moves to the front.
 *
 * A conversation that cannot be read is left out; asking for it by its id says what is wrong with it.
 *
 * @throws {UnknownConversationError} if there is none to begin after.
 */
export async function listConversations(
  store: KvStore,
  tenant: string,
  query: ConversationQuery,
  options?: StoreOptions,
): Promise<ConversationPage> {
  const { order, limit, after, text } = query;
  await listAll(store, tenant, options);
  const fits = matcher(text);
  const found = new Map<string, ShownConversation>();
  let at = typeof after === "string"
    ? { changedAt: (await readHead(store, tenant, after, options)).head.changedAt, id: after }
    : after;
  const pause = slicing();
  for (let looked = 0; looked < MAX_LOOKED_AT; looked += BATCH) {
    await pause();
    const entries = await Array.fromAsync(store.list(conversationTimes(tenant, order), {
      ...options,
      limit: BATCH,
      ...at === undefined ? {} : { after: timeKey(tenant, order, at) },
    }));
    const read = await readEach(store, tenant, entries.map(({ key }) => key.at(-1)!), options);
    for (const [i, { key }] of entries.entries()) {
      const position = positionOf(order, key);
      const { conversation, head, headEntry } = read[i]!;
      if (head?.changedAt !== position.changedAt) {
        await mend(store, tenant, entries[i]!, headEntry, head, options);
      }
      if (conversation !== undefined && head !== undefined) {
        const candidate = shown(conversation, head);
        if (fits(candidate) && !found.has(candidate.id)) {
          if (found.size === limit) return { found: [...found.values()], next: at };
          found.set(candidate.id, candidate);
        }
      }
      at = position;
    }
    if (entries.length < BATCH) return { found: [...found.values()], next: undefined };
  }
  return { found: [...found.values()], next: at };
}

function timeKey(tenant: string, order: Order, { changedAt, id }: ListPosition): Key {
  return conversationTimeKey(tenant, order, changedAt, id);
}

function positionOf(order: Order, key: Key): ListPosition {
  const time = Number(key.at(-2));
  return {
    changedAt: order === "asc" ? time : Number.MAX_SAFE_INTEGER - time,
    id: key.at(-1)!,
  };
}

function matcher(text: string | undefined): (conversation: ShownConversation) => boolean {
  const wanted = text?.trim().toLowerCase() ?? "";
  if (wanted === "") return () => true;
  return ({ title, metadata }) =>
    [title ?? "", ...Object.values(metadata)].some((value) => value.toLowerCase().includes(wanted));
}

/** Reads conversations with their heads. What is gone or cannot be read is `undefined`. */
async function readEach(
  store: KvStore,
  tenant: string,
  ids: readonly string[],
  options: StoreOptions | undefined,
) {
  const [records, heads] = await Promise.all([
    store.getMany(ids.map((id) => conversationKey(tenant, id)), options),
    store.getMany(ids.map((id) => headKey(tenant, id)), options),
  ]);
  return ids.map((id, i) => {
    const headEntry = heads[i];
    return {
      id,
      conversation: orUndefined(() =>
        records[i] && decodeRecord(conversationSchema, records[i].value, id)
      ),
      head: orUndefined(() => headEntry && decodeRecord(headSchema, headEntry.value, id)),
      headEntry,
    };
  });
}

function orUndefined<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CorruptSnapshotError) return undefined;
    throw error;
  }
}

/**
 * Sees to an entry of the list that is not where its conversation is: somebody has just changed it, or a server that does
 * not keep the list.
 */
async function mend(
  store: KvStore,
  tenant: string,
  { key }: Entry,
  headEntry: Entry | undefined,
  head: Head | undefined,
  options: StoreOptions | undefined,
): Promise<void> {
  const id = key.at(-1)!;
  // It is there, and cannot be read.
  if (headEntry !== undefined && head === undefined) return;
  const time = Number(key.at(-2));
  const changedAt = key.at(-3) === "asc" ? time : Number.MAX_SAFE_INTEGER - time;
  await store.commit({
    checks: [{ key: headKey(tenant, id), version: headEntry?.version }],
    writes: listingWrites(tenant, id, changedAt, head?.changedAt),
  }, options);
}

/** Lists the conversations that were stored before there was a list, once. */
async function listAll(
  store: KvStore,
  tenant: string,
  options: StoreOptions | undefined,
): Promise<void> {
  const marker = listedKey(tenant);
  if (await store.get(marker, options) !== undefined) return;
  const list = async (ids: readonly string[]): Promise<void> => {
    const read = await readEach(store, tenant, ids, options);
    const there = read.flatMap(({ id, head, headEntry }) =>
      head && headEntry ? [{ id, head, headEntry }] : []
    );
    const commit = (some: typeof there) =>
      store.commit({
        checks: some.map(({ headEntry }) => headEntry),
        writes: some.flatMap(({ id, head }): Write[] =>
          listingWrites(tenant, id, undefined, head.changedAt)
        ),
      }, options);
    if (there.length === 0 || (await commit(there)).ok) return;
    // One of them was changed meanwhile. Whoever did has listed it.
    for (const one of there) await commit([one]);
  };
  const pause = slicing();
  let batch: string[] = [];
  for await (const { key } of store.list(conversationPrefix(tenant), options)) {
    batch.push(key.at(-1)!);
    if (batch.length < BATCH) continue;
    await list(batch);
    await pause();
    batch = [];
  }
  await list(batch);
  await store.commit({ writes: [{ key: marker, value: new Uint8Array() }] }, options);
}
