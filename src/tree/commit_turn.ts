import { encodeState } from "../state/codec.ts";
import type { StatePrecision } from "../state/precision.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { Check, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { type SplitBlob, splitBlob } from "../records/blob.ts";
import type { CommitPart } from "../records/commit_part.ts";
import { ResponseConflictError, UnknownResponseError } from "../records/errors.ts";
import { manifestKey, nodeKey, prefixKey, refKey } from "../records/keys.ts";
import { encodeRecord } from "../records/record.ts";
import { type PrefixCache, prefixSchema } from "./prefix_cache.ts";
import { manifestSchema } from "./snapshot.ts";
import { nodeSchema } from "./stored_node.ts";
import { logSchema } from "./transcript.ts";
import { isResponseId } from "../records/response_id.ts";
import { type Quotas, UNLIMITED } from "../limits/quota.ts";
import type { NewResponseNode } from "./response_node.ts";
import { stageChunks } from "../records/staged_chunks.ts";
import { commitWithin, RECORD_BYTES } from "../limits/enforce_quota.ts";

/** A finished turn. */
export interface TurnCommit {
  /** Given for a response that is to be stored under an id. */
  readonly node?: NewResponseNode;
  /** The hash of all messages up to the answer, which is among them: the last of {@linkcode prefixHashes}. */
  readonly prefix: string;
  /** The state after the answer. */
  readonly state: RecurrentState;
  /** Tokens that the state has read in all. */
  readonly tokens: number;
  readonly modelFingerprint: string;
  readonly precision: StatePrecision;
}

/** Where {@linkcode commitTurn} commits a turn, and how. */
export interface CommitTurnParts {
  readonly store: KvStore;
  /** The time, milliseconds since the epoch. */
  readonly now: () => number;
  /** Makes names for snapshots and logs, never the same twice. */
  readonly newId: () => string;
  /** Keeps the states of turns that are not stored. */
  readonly cache: PrefixCache;
  /** How long a stored response is found by its messages. */
  readonly prefixTtlMs: number;
  readonly quotas: Quotas;
}

/**
 * Keeps the state of a finished turn, and the response if it has a node. When it resolves, both are durable.
 *
 * If it fails, chunks may be left behind that nothing refers to, until they are swept.
 *
 * @param more what else is part of the commit, asked for last
 * @throws {QuotaExceededError} if nothing was reserved for it, and the tenant may not keep so much.
 * @throws {UnknownResponseError} if the parent is not stored.
 * @throws {ResponseConflictError} if the id is taken.
 * @throws {StatePrecisionError} if the state does not fit the precision.
 * @throws {RangeError} if the id does not have the form of one, because it could not be found again.
 */
export async function commitTurn(
  { store, now, newId, cache, prefixTtlMs, quotas }: CommitTurnParts,
  tenant: string,
  turn: TurnCommit,
  more?: () => Promise<CommitPart>,
  options?: StoreOptions,
): Promise<void> {
  const { node, prefix, state, tokens, modelFingerprint, precision } = turn;
  if (node === undefined) return await cache.file(tenant, { ...turn, name: prefix }, true, options);
  const checks = await nodeChecks(store, tenant, node, options);
  const manifest = newId();
  const encoded = await encodeState(state, { modelFingerprint, precision });
  const snapshot = await splitBlob(tenant, manifest, encoded);
  const log = await splitLog(tenant, newId(), node);
  const staged = await stageChunks(store, tenant, [snapshot, log], now(), options);
  const rest: CommitPart = await more?.() ?? { checks: [], writes: [] };
  const { id, parent, engineFingerprint, seed } = node;
  const charged = snapshot.blob.bytes + log.blob.bytes + RECORD_BYTES;
  const writes: Write[] = [...staged.writes, ...rest.writes, {
    key: manifestKey(tenant, manifest),
    value: encodeRecord(manifestSchema, { tokens, state: snapshot.blob }),
  }, {
    key: prefixKey(tenant, prefix),
    value: encodeRecord(prefixSchema, { manifest }),
    expireIn: prefixTtlMs,
  }, {
    key: nodeKey(tenant, id),
    value: encodeRecord(nodeSchema, {
      id,
      parent,
      createdAt: now(),
      manifest,
      prefix,
      log: log.blob,
      charged,
      tokens,
      deleted: false,
      modelFingerprint,
      engineFingerprint,
      seed,
    }),
  }];
  if (parent !== null) writes.push({ key: refKey(tenant, parent, id), value: new Uint8Array() });
  // Who has more to commit has reserved what this takes.
  const quota = more === undefined ? quotas(tenant) : UNLIMITED;
  const ok = await commitWithin(store, tenant, quota, { bytes: charged }, {
    checks: [...checks, ...staged.checks, ...rest.checks],
    writes,
  }, options);
  if (!ok) throw new ResponseConflictError(id);
}

/** The new id must be free, and the parent still there when the turn is committed: so there are no cycles either. */
async function nodeChecks(
  store: KvStore,
  tenant: string,
  { id, parent }: NewResponseNode,
  options: StoreOptions | undefined,
): Promise<Check[]> {
  if (!isResponseId(id)) {
    throw new RangeError(`${JSON.stringify(id)} does not have the form of a response's id`);
  }
  const checks: Check[] = [{ key: nodeKey(tenant, id), version: undefined }];
  if (parent !== null) {
    const entry = isResponseId(parent)
      ? await store.get(nodeKey(tenant, parent), options)
      : undefined;
    // One that was deleted stays for those that continue it, this one among them if it began before.
    if (entry === undefined) throw new UnknownResponseError(parent);
    checks.push({ key: entry.key, version: entry.version });
  }
  return checks;
}

function splitLog(
  tenant: string,
  name: string,
  { instructions, messages, itemIds = [] }: NewResponseNode,
): Promise<SplitBlob> {
  const bytes = encodeRecord(logSchema, {
    instructions,
    messages: [...messages],
    itemIds: [...itemIds],
  });
  return splitBlob(tenant, name, bytes);
}
