import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import { UnknownResponseError } from "../records/errors.ts";
import { leaseKey, runKey } from "../records/keys.ts";
import { decodeRecord } from "../records/record.ts";
import { isResponseId } from "../records/response_id.ts";
import { type Lease, leaseSchema, type Run, runSchema } from "../tree/run.ts";

/** A lease as it was read. */
export interface FoundLease {
  readonly lease: Lease;
  readonly version: string;
}

/**
 * The record of a response as it is now.
 *
 * @throws {UnknownResponseError} if this tenant has none of this id.
 */
export async function readRun(
  store: KvStore,
  tenant: string,
  id: string,
  options: StoreOptions | undefined,
): Promise<{ readonly run: Run; readonly version: string }> {
  const entry = isResponseId(id) ? await store.get(runKey(tenant, id), options) : undefined;
  if (entry === undefined) throw new UnknownResponseError(id);
  return { run: decodeRecord(runSchema, entry.value, id), version: entry.version };
}

/** The lease of a response, unless it has ended. */
export async function readLease(
  store: KvStore,
  tenant: string,
  id: string,
  options: StoreOptions | undefined,
): Promise<FoundLease | undefined> {
  const entry = await store.get(leaseKey(tenant, id), options);
  return entry && { lease: decodeRecord(leaseSchema, entry.value, id), version: entry.version };
}
