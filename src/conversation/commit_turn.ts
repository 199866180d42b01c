import { encodeState, type StatePrecision } from "../state/codec.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { Check, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { type SplitBlob, splitBlob } from "./blob.ts";
import type { CommitPart } from "./commit_part.ts";
import { ResponseConflictError, UnknownResponseError } from "./errors.ts";
import { manifestKey, nodeKey, prefixKey, refKey } from "./keys.ts";
import { encodeRecord, logSchema, manifestSchema, nodeSchema, prefixSchema } from "./records.ts";
import { isResponseId } from "./response_id.ts";
import type { NewResponseNode } from "./response_node.ts";
import { stageChunks } from "./staged_chunks.ts";

/** How much longer chunks live than the entry that leads to them, so that who has just found it can still read them. */
const GRACE_MS = 60_000;

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
  /** How long the snapshot of a conversation that was not stored is kept. */
  readonly prefixTtlMs: number;
}

/**
 * Keeps the state of a finished turn, and the response if it has a node. When it resolves, both are durable.
 *
 * If it fails, chunks may be left behind that nothing refers to, until they are swept.
 *
 * @param more what else is part of the commit, asked for last
 * @throws {UnknownResponseError} if the parent is not stored.
 * @throws {ResponseConflictError} if the id is taken.
 * @throws {StatePrecisionError} if the state does not fit the precision.
 * @throws {RangeError} if the id does not have the form of one, because it could not be found again.
 */
export async function commitTurn(
  { store, now, newId, prefixTtlMs }: CommitTurnParts,
  tenant: string,
  turn: TurnCommit,
  more?: () => Promise<CommitPart>,
  options?: StoreOptions,
): Promise<void> {
  const { node, prefix, state, tokens, modelFingerprint, precision } = turn;
  const checks = node === undefined ? [] : await nodeChecks(store, tenant, node, options);
  const manifest = newId();
  const encoded = await encodeState(state, { modelFingerprint, precision });
  const snapshot = await splitBlob(tenant, manifest, encoded);
  const log = node && await splitLog(tenant, newId(), node);
  const lifetime = node === undefined ? { expireIn: prefixTtlMs + GRACE_MS } : {};
  const blobs = [snapshot, ...log === undefined ? [] : [log]].map(({ blob, writes }) => ({
    blob,
    writes: writes.map((write) => ({ ...write, ...lifetime })),
  }));
  const staged = await stageChunks(store, tenant, blobs, now(), options);
  const rest = await more?.() ?? { checks: [], writes: [] };
  const writes: Write[] = [...staged.writes, ...rest.writes, {
    key: manifestKey(tenant, manifest),
    value: encodeRecord(manifestSchema, { tokens, state: snapshot.blob }),
    ...lifetime,
  }, {
    key: prefixKey(tenant, prefix),
    value: encodeRecord(prefixSchema, { manifest }),
    expireIn: prefixTtlMs,
  }];
  if (node !== undefined && log !== undefined) {
    const { id, parent, engineFingerprint, seed } = node;
    const createdAt = now();
    writes.push({
      key: nodeKey(tenant, id),
      value: encodeRecord(nodeSchema, {
        id,
        parent,
        createdAt,
        manifest,
        prefix,
        log: log.blob,
        tokens,
        deleted: false,
        modelFingerprint,
        engineFingerprint,
        seed,
      }),
    });
    if (parent !== null) {
      writes.push({ key: refKey(tenant, parent, id), value: new Uint8Array() });
    }
  }
  const { ok } = await store.commit({
    checks: [...checks, ...staged.checks, ...rest.checks],
    writes,
  }, options);
  if (!ok && node !== undefined) throw new ResponseConflictError(node.id);
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
