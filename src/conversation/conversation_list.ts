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

/** A conversation as clients see it. */
export interface ShownConversation extends Omit<Conversation, "charged"> {
  /** Its title: set by a client, or derived from the first user message. `null`: there is none yet. */
  readonly title: string | null;
  /** When its last turn ended or items were added, in milliseconds since the epoch. */
  readonly changedAt: number;
}

/** Cursor of a page: continues after the conversation changed last at this time. */
export interface ListPosition {
  readonly changedAt: number;
  readonly id: string;
}

/** A query for conversations. */
export interface ConversationQuery {
  /** Order by time of the last change. */
  readonly order: Order;
  readonly limit: number;
  /** Where the page begins: after a conversation, or at a position. */
  readonly after?: string | ListPosition | undefined;
  /** Text that the title or a metadata value must contain, ignoring case. */
  readonly text?: string | undefined;
}

/** A page of conversations. */
export interface ConversationPage {
  readonly found: readonly ShownConversation[];
  /** The cursor of the next page. `undefined`: this is the last one. */
  readonly next: ListPosition | undefined;
}

/** Conversations read at once: as many heads as fit into one commit. */
const BATCH = 64;

/** The most conversations examined for one page. A search continues after them. */
const MAX_LOOKED_AT = 2_000;

/** A conversation as clients see it. */
export function shown(
  { charged: _, ...conversation }: Conversation,
  { title, changedAt }: Head,
): ShownConversation {
  const { metadata } = conversation;
  return { ...conversation, title: conversation.title ?? metadata["title"] ?? title, changedAt };
}

/**
 * Lists the conversations of a tenant by the time of their last change. Those that change meanwhile move to the front.
 *
 * A conversation that cannot be read is left out; requesting it by id gives the error.
 *
 * @throws {UnknownConversationError} if the cursor names an unknown conversation.
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

/** Reads conversations with their heads. Deleted and damaged ones are `undefined`. */
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
 * Repairs an index entry that does not match its conversation: it has just changed, or was changed by a server that does
 * not maintain the index.
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
  // The conversation exists, but cannot be read.
  if (headEntry !== undefined && head === undefined) return;
  const time = Number(key.at(-2));
  const changedAt = key.at(-3) === "asc" ? time : Number.MAX_SAFE_INTEGER - time;
  await store.commit({
    checks: [{ key: headKey(tenant, id), version: headEntry?.version }],
    writes: listingWrites(tenant, id, changedAt, head?.changedAt),
  }, options);
}

/** Indexes the conversations that were stored before there was an index, once. */
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
    // A conversation changed concurrently. That change has indexed it.
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
