import { closeHead, stopHead } from "../conversation/head.ts";
import { chargeWrites } from "../limits/quota.ts";
import { LeaseLostError, UnknownResponseError } from "../records/errors.ts";
import { isResponseId } from "../records/ids.ts";
import { leaseKey, runKey } from "../records/keys.ts";
import { encodeRecord } from "../records/record.ts";
import type { CommitPart, KvStore, StoreOptions } from "../store/kv_store.ts";
import {
  type FoundLease,
  leaseSchema,
  readLease,
  readRun,
  type Run,
  type RunEnd,
  type RunLease,
  runSchema,
} from "../tree/run.ts";
import type { Item } from "../tree/transcript.ts";
import { LOG_START, readLog } from "./run_log.ts";

/** What {@linkcode cancelRun} needs. */
export interface CancelRunParts {
  readonly store: KvStore;
  /** The current time in milliseconds since the epoch. */
  readonly now: () => number;
  /** Creates a lease of this instance with the given epoch. */
  readonly newLease: (epoch: number) => RunLease;
}

/** Options of {@linkcode cancelRun}. */
export interface CancelOptions extends StoreOptions {
  /**
   * The messages of the cancelled response: its input, and its durable text. The conversation continues from them.
   * Absent: the conversation goes back to where it was.
   */
  readonly said?: (run: Run, text: string) => Promise<readonly Item[]>;
}

/** How often a changing conversation head is read again before that is an error. */
const ATTEMPTS = 5;

/**
 * Cancels a running response, whichever process makes it: its writer loses the lease and can write nothing more.
 *
 * @returns whether it was still running
 * @throws {UnknownResponseError} if the tenant has no response with this id.
 */
export async function cancelRun(
  parts: CancelRunParts,
  tenant: string,
  id: string,
  { said, ...options }: CancelOptions = {},
): Promise<boolean> {
  const { store, now } = parts;
  if (!isResponseId(id)) throw new UnknownResponseError(id);
  for (let attempt = 1;; attempt++) {
    // The lease is read first: once it is gone, the run record tells how the response ended.
    const found = await readLease(store, tenant, id, options);
    const { run, version } = await readRun(store, tenant, id, options);
    if (run.end !== null) return false;
    const { conversation, parent, reserved } = run;
    // Take the lease over, so that no more text is added to what the conversation will continue from.
    const keeps = said !== undefined && conversation !== null;
    const lease = keeps && found !== undefined
      ? await seize(parts, tenant, id, found, options)
      : found;
    if (found !== undefined && lease === undefined) continue;
    const end: RunEnd = { type: "cancelled", at: now() };
    let head: CommitPart = { checks: [], writes: [] };
    try {
      if (keeps) {
        const items = await said(run, await textOf(store, tenant, id, options));
        head = await stopHead(store, tenant, conversation, id, items, end.at, options);
      } else if (conversation !== null) {
        head = await closeHead(store, tenant, conversation, id, parent, false, end.at, options);
      }
    } catch (error) {
      // It has ended in the meantime, and its commit released the conversation.
      if (error instanceof LeaseLostError && attempt < ATTEMPTS) continue;
      throw error;
    }
    const { ok } = await store.commit({
      checks: [
        { key: leaseKey(tenant, id), version: lease?.version },
        { key: runKey(tenant, id), version },
        ...head.checks,
      ],
      writes: [
        { key: runKey(tenant, id), value: encodeRecord(runSchema, { ...run, end }) },
        { key: leaseKey(tenant, id), delete: true },
        ...chargeWrites(tenant, { bytes: -reserved }),
        ...head.writes,
      ],
    }, options);
    if (ok) return true;
  }
}

/** Takes the lease away from its holder. @returns `undefined` if the lease changed in the meantime */
async function seize(
  { store, newLease }: CancelRunParts,
  tenant: string,
  id: string,
  { lease: { epoch }, version }: FoundLease,
  options: StoreOptions,
): Promise<FoundLease | undefined> {
  const lease = newLease(epoch + 1);
  const key = leaseKey(tenant, id);
  const { ok } = await store.commit({
    checks: [{ key, version }],
    writes: [{ key, value: encodeRecord(leaseSchema, lease) }],
  }, options);
  if (!ok) return undefined;
  const taken = await readLease(store, tenant, id, options);
  const isOurs = taken?.lease.epoch === lease.epoch && taken.lease.owner === lease.owner;
  return isOurs ? taken : undefined;
}

/** The durable text of a response. */
export async function textOf(
  store: KvStore,
  tenant: string,
  id: string,
  options?: StoreOptions,
): Promise<string> {
  let text = "";
  for await (const { pieces } of readLog(store, tenant, id, LOG_START, options)) {
    for (const piece of pieces) text += piece.text;
  }
  return text;
}
