import { z } from "zod";
import { chargeWrites } from "../limits/quota.ts";
import { dropWrite, splitBlob, stageChunks, storedBlobSchema } from "../records/blob.ts";
import {
  ConversationBusyError,
  LeaseLostError,
  UnknownConversationError,
} from "../records/errors.ts";
import { isConversationId, newBlobId } from "../records/ids.ts";
import { conversationTimeKey, headKey, refKey } from "../records/keys.ts";
import { decodeRecord, encodeRecord } from "../records/record.ts";
import type { CommitPart, Entry, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { type Item, itemsSchema } from "../tree/transcript.ts";

/** The head of a conversation: where its next response starts. */
export const headSchema = z.object({
  /** The response that the next one continues. */
  head: z.string().nullable(),
  /** The ends of other branches. */
  branches: z.array(z.string()),
  /** The running response. */
  running: z.string().nullable(),
  /** Items that no response has read yet. */
  pending: storedBlobSchema.nullable(),
  /** Bytes that these items count towards the quota. */
  charged: z.int().nonnegative().default(0),
  /** When it changed last, in milliseconds since the epoch. */
  changedAt: z.number().default(0),
  /** The title derived from the first user message. */
  title: z.string().nullable().default(null),
});

/** The head of a conversation. */
export type Head = z.infer<typeof headSchema>;

/** A head and its version in the store. */
export interface FoundHead {
  readonly head: Head;
  readonly version: string;
}

/**
 * Reads the head of a conversation.
 *
 * @throws {UnknownConversationError} if the tenant has no conversation with this id.
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
 * The writes of a head and of its entry in the index by time.
 *
 * @param from the old head, which the commit checks. `undefined`: the conversation is new
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
 * The writes that move a conversation in the index by time.
 *
 * @param from the time of the previous change. `undefined`: the conversation is new
 * @param to the time of this change. `undefined`: the conversation is deleted
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
 * The part of a commit that makes a response the running one of a conversation.
 *
 * @param found the head that the response was asked to continue
 * @param title the conversation's title, if it has none yet
 * @throws {ConversationBusyError} if another response is running.
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
 * The part of a commit that ends the running response of a conversation. If it has an answer, it becomes the head.
 *
 * @param now milliseconds since the epoch
 * @throws {LeaseLostError} if it is not the conversation's running response.
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
      // The response has read the pending items, and its request has a copy.
      ...head.pending === null ? [] : [dropWrite(tenant, head.pending, now)],
    );
    // From now on the response itself refers to its parent.
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

/** Records that a response ended without an answer: no head leads to it, and it is deleted with its conversation. */
function stoppedWrite(tenant: string, conversation: string, response: string): Write {
  return { key: refKey(tenant, conversation, response), value: new Uint8Array() };
}

/**
 * The part of a commit that stops the running response of a conversation: the next one reads its messages instead of the
 * pending items.
 *
 * @param said the response's input, which includes the pending items, and its answer as far as it got
 * @param now milliseconds since the epoch
 * @throws {LeaseLostError} if it is not the conversation's running response.
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
