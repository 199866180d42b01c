import { z } from "zod";
import type { Entry, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { splitBlob, storedBlobSchema } from "../records/blob.ts";
import type { CommitPart } from "../records/commit_part.ts";
import { isConversationId } from "../records/conversation_id.ts";
import {
  ConversationBusyError,
  LeaseLostError,
  UnknownConversationError,
} from "../records/errors.ts";
import { conversationTimeKey, headKey, refKey } from "../records/keys.ts";
import { newBlobId } from "../records/new_blob_id.ts";
import { decodeRecord, encodeRecord } from "../records/record.ts";
import { type Item, itemsSchema } from "../tree/transcript.ts";
import { dropWrite, stageChunks } from "../records/staged_chunks.ts";
import { chargeWrites } from "../limits/enforce_quota.ts";

/** Where a conversation is. */
export const headSchema = z.object({
  /** The response that the next one continues. */
  head: z.string().nullable(),
  /** The ends of other branches. */
  branches: z.array(z.string()),
  /** The response that is being made. */
  running: z.string().nullable(),
  /** Items that were added and that no response has read. */
  pending: storedBlobSchema.nullable(),
  /** Bytes that these items count for. */
  charged: z.int().nonnegative().default(0),
  /** When it was changed last, milliseconds since the epoch. */
  changedAt: z.number().default(0),
  /** What it is called by how it begins. */
  title: z.string().nullable().default(null),
});

/** Where a conversation is. */
export type Head = z.infer<typeof headSchema>;

/** A head as it was read. */
export interface FoundHead {
  readonly head: Head;
  readonly version: string;
}

/**
 * Where a conversation is.
 *
 * @throws {UnknownConversationError} if this tenant has none of this id.
 */
export async function readHead(
  store: KvStore,
  tenant: string,
  id: string,
  options?: StoreOptions,
): Promise<FoundHead> {
  const entry: Entry | undefined = isConversationId(id)
    ? await store.get(headKey(tenant, id), options)
    : undefined;
  if (entry === undefined) throw new UnknownConversationError(id);
  return { head: decodeRecord(headSchema, entry.value, id), version: entry.version };
}

/**
 * The writes of a head, and of where its conversation stands among the others of its tenant.
 *
 * @param from what it was, as the commit checks it. `undefined`: it is new.
 */
export function headWrites(
  tenant: string,
  id: string,
  from: Head | undefined,
  head: Head,
): Write[] {
  return [
    { key: headKey(tenant, id), value: encodeRecord(headSchema, head) },
    ...listingWrites(tenant, id, from?.changedAt, head.changedAt),
  ];
}

/**
 * The writes that move a conversation in the order of time.
 *
 * @param from when it was changed before. `undefined`: it is new.
 * @param to when it was changed now. `undefined`: it is gone.
 */
export function listingWrites(
  tenant: string,
  id: string,
  from: number | undefined,
  to: number | undefined,
): Write[] {
  if (from === to) return [];
  return (["asc", "desc"] as const).flatMap((order): Write[] => [
    ...from === undefined
      ? []
      : [{ key: conversationTimeKey(tenant, order, from, id), delete: true } as const],
    ...to === undefined
      ? []
      : [{ key: conversationTimeKey(tenant, order, to, id), value: new Uint8Array() }],
  ]);
}

/**
 * Makes a response the one that a conversation waits for.
 *
 * @param found what the response was asked to continue
 * @param title what the conversation is called if it has no title
 * @throws {ConversationBusyError} if it waits for another.
 */
export function openHead(
  tenant: string,
  conversation: string,
  { head, version }: FoundHead,
  response: string,
  title?: string,
): CommitPart {
  if (head.running !== null) throw new ConversationBusyError(conversation);
  return {
    checks: [{ key: headKey(tenant, conversation), version }],
    writes: headWrites(tenant, conversation, head, {
      ...head,
      running: response,
      title: head.title ?? title ?? null,
    }),
  };
}

/**
 * The part of a commit that ends a response of a conversation: with an answer, the conversation is where the answer is.
 *
 * @param now milliseconds since the epoch
 * @throws {LeaseLostError} if the conversation does not wait for it.
 */
export async function closeHead(
  store: KvStore,
  tenant: string,
  conversation: string,
  response: string,
  parent: string | null,
  answered: boolean,
  now: number,
  options?: StoreOptions,
): Promise<CommitPart> {
  const entry = await store.get(headKey(tenant, conversation), options);
  const head = entry && decodeRecord(headSchema, entry.value, conversation);
  if (entry === undefined || head?.running !== response) throw new LeaseLostError(response);
  const writes: Write[] = [];
  if (answered) {
    const to = {
      ...head,
      head: response,
      running: null,
      pending: null,
      charged: 0,
      changedAt: now,
    };
    writes.push(
      ...headWrites(tenant, conversation, head, to),
      ...chargeWrites(tenant, { bytes: -head.charged }),
      { key: refKey(tenant, response, conversation), value: new Uint8Array() },
      // The response has read it, and what it is made from has a copy.
      ...head.pending === null ? [] : [dropWrite(tenant, head.pending, now)],
    );
    // The response itself needs its parent from now on.
    if (parent !== null && !head.branches.includes(parent)) {
      writes.push({ key: refKey(tenant, parent, conversation), delete: true });
    }
  } else {
    const to = { ...head, running: null, changedAt: now };
    writes.push(
      ...headWrites(tenant, conversation, head, to),
      stoppedWrite(tenant, conversation, response),
    );
  }
  return { checks: [{ key: headKey(tenant, conversation), version: entry.version }], writes };
}

/** Notes that a response ended without an answer: no head leads to it, and it is to go with its conversation. */
function stoppedWrite(tenant: string, conversation: string, response: string): Write {
  return { key: refKey(tenant, conversation, response), value: new Uint8Array() };
}

/**
 * The part of a commit that ends a response of a conversation in the middle: the next one reads what was said, instead of
 * what was added before.
 *
 * @param said what the response was asked, which has what was added before in it, and its answer as far as it got
 * @param now milliseconds since the epoch
 * @throws {LeaseLostError} if the conversation does not wait for it.
 */
export async function stopHead(
  store: KvStore,
  tenant: string,
  conversation: string,
  response: string,
  said: readonly Item[],
  now: number,
  options?: StoreOptions,
): Promise<CommitPart> {
  const key = headKey(tenant, conversation);
  const entry = await store.get(key, options);
  const head = entry && decodeRecord(headSchema, entry.value, conversation);
  if (entry === undefined || head?.running !== response) throw new LeaseLostError(response);
  const split = await splitBlob(
    tenant,
    newBlobId(conversation),
    encodeRecord(itemsSchema, [...said]),
  );
  const staged = await stageChunks(store, tenant, [split], now, options);
  const { blob: pending } = split;
  const charged = pending.bytes;
  return {
    checks: [{ key, version: entry.version }, ...staged.checks],
    writes: [
      ...staged.writes,
      ...headWrites(tenant, conversation, head, {
        ...head,
        running: null,
        pending,
        charged,
        changedAt: now,
      }),
      ...chargeWrites(tenant, { bytes: charged - head.charged }),
      stoppedWrite(tenant, conversation, response),
      ...head.pending === null ? [] : [dropWrite(tenant, head.pending, now)],
    ],
  };
}
