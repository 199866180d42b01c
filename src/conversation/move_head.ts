import { type Charge, commitWithin, type Quotas } from "../limits/quota.ts";
import { dropWrite, splitBlob, stageChunks } from "../records/blob.ts";
import { ConversationBusyError } from "../records/errors.ts";
import { newBlobId } from "../records/ids.ts";
import { headKey, refKey } from "../records/keys.ts";
import { encodeRecord } from "../records/record.ts";
import type { Check, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { nodeCheck } from "../tree/response_node.ts";
import { type Item, itemsSchema } from "../tree/transcript.ts";
import { type Head, headWrites } from "./head.ts";
import { receiptCheck, receiptWrite } from "./receipt.ts";
import { defaultTitle } from "./title.ts";

/** A move of the head of a conversation. */
export interface HeadMove {
  /** The head as it was read, and its version. Absent version: there is none yet. */
  readonly from: { readonly head: Head; readonly version: string | undefined };
  /** The new head. */
  readonly to: Pick<Head, "head" | "branches" | "running">;
  /** The items that the next response will read. */
  readonly pending: readonly Item[];
  /** Other writes of the same commit. */
  readonly more?: readonly Write[];
  /** Identifies the request, so that a retry does nothing. */
  readonly receipt?: string | undefined;
  /** Bytes that the items count towards the quota. */
  readonly charge?: Charge;
}

/** The responses that a conversation refers to: the ends of all its branches, the current one first. */
export function endsOf({ head, branches }: Pick<Head, "head" | "branches">): string[] {
  return head === null ? [...branches] : [head, ...branches];
}

/** What {@linkcode moveHead} needs. */
export interface MoveHeadParts {
  readonly store: KvStore;
  /** The current time in milliseconds since the epoch. */
  readonly now: () => number;
  readonly quotas: Quotas;
}

/**
 * Moves the head of a conversation, and updates the references to responses.
 *
 * @throws {QuotaExceededError} if the tenant's quota is exceeded.
 * @throws {UnknownResponseError} if a response that it would refer to does not exist.
 * @throws {ConversationBusyError} if the conversation changed since it was read.
 */
export async function moveHead(
  { store, now, quotas }: MoveHeadParts,
  tenant: string,
  id: string,
  { from, to, pending, more = [], receipt, charge = {} }: HeadMove,
  options?: StoreOptions,
): Promise<void> {
  const needed = new Set(endsOf(from.head));
  const after = new Set(endsOf(to));
  const checks: Check[] = [{ key: headKey(tenant, id), version: from.version }];
  const refs: Write[] = [];
  for (const end of after.difference(needed)) {
    checks.push(await nodeCheck(store, tenant, end, options));
    refs.push({ key: refKey(tenant, end, id), value: new Uint8Array() });
  }
  for (const end of needed.difference(after)) {
    refs.push({ key: refKey(tenant, end, id), delete: true });
  }
  const blob = pending.length === 0 ? undefined : await splitBlob(
    tenant,
    newBlobId(id),
    encodeRecord(itemsSchema, [...pending]),
  );
  const staged = await stageChunks(store, tenant, blob === undefined ? [] : [blob], now(), options);
  const charged = blob?.blob.bytes ?? 0;
  const { head: at, branches, running } = to;
  const head: Head = {
    head: at,
    branches,
    running,
    pending: blob?.blob ?? null,
    charged,
    changedAt: now(),
    title: from.head.title ?? defaultTitle(pending.map(({ message }) => message)) ?? null,
  };
  const before = from.version === undefined ? undefined : from.head;
  const { pending: old } = from.head;
  const dropped = old === null ? [] : [dropWrite(tenant, old, now())];
  const bytes = charged - from.head.charged + (charge.bytes ?? 0);
  const ok = await commitWithin(store, tenant, quotas(tenant), { ...charge, bytes }, {
    checks: [
      ...checks,
      ...staged.checks,
      ...receipt === undefined ? [] : [receiptCheck(tenant, receipt)],
    ],
    writes: [
      ...staged.writes,
      ...headWrites(tenant, id, before, head),
      ...refs,
      ...dropped,
      ...more,
      ...receipt === undefined ? [] : [receiptWrite(tenant, receipt)],
    ],
  }, options);
  if (!ok) throw new ConversationBusyError(id);
}
