import { commitWithin, type Quotas, RECORD_BYTES, UNLIMITED } from "../limits/quota.ts";
import { type SplitBlob, splitBlob, stageChunks, sweepNote } from "../records/blob.ts";
import { ResponseConflictError, UnknownResponseError } from "../records/errors.ts";
import { isResponseId } from "../records/ids.ts";
import { manifestKey, nodeKey, prefixKey, refKey } from "../records/keys.ts";
import { decodeRecord, encodeRecord } from "../records/record.ts";
import { encodeState, fittingPrecision } from "../state/codec.ts";
import type { StatePrecision } from "../state/precision.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { Check, CommitPart, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { type PrefixCache, prefixSchema } from "./prefix_cache.ts";
import { type NewResponseNode, nodeSchema, type StoredNode } from "./response_node.ts";
import { manifestSchema } from "./snapshot.ts";
import { thinChain, type Thinning } from "./thin_chain.ts";
import { encodeTokens, logSchema } from "./transcript.ts";

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
  /** How its numbers are stored: in f16 only if they fit. Whoever goes on from it goes on from what is stored. */
  readonly precision: StatePrecision;
  /** What the state after the prompt was filed as, if it was: it goes when the response is continued. */
  readonly prompt?: string;
}

/** Where {@linkcode commitTurn} commits a turn, and how. */
export interface CommitTurnParts {
  readonly store: KvStore;
  /** The time, milliseconds since the epoch. */
  readonly now: () => number;
  /** Makes names for snapshots and logs, never the same twice: those of a response, or others. */
  readonly newId: (response?: string) => string;
  /** Keeps the states of turns that are not stored. */
  readonly cache: PrefixCache;
  /** How long a stored response is found by its messages. */
  readonly prefixTtlMs: number;
  readonly quotas: Quotas;
  /** How many states a chain of responses keeps: see {@linkcode isSpaced}. */
  readonly statesPerPower: number;
}

/** Times that a commit is tried again because another turn removed a state that it would have removed. */
const ATTEMPTS = 5;

/**
 * Keeps the state of a finished turn, and the response if it has a node. When it resolves, both are durable. The same
 * commit removes the state of its chain that is no longer wanted.
 *
 * If it fails, chunks may be left behind that nothing refers to, until they are swept.
 *
 * @param more what else is part of the commit, asked for last
 * @throws {QuotaExceededError} if nothing was reserved for it, and the tenant may not keep so much.
 * @throws {UnknownResponseError} if the parent is not stored.
 * @throws {ResponseConflictError} if the id is taken.
 * @throws {RangeError} if the id does not have the form of one, because it could not be found again.
 */
export async function commitTurn(
  { store, now, newId, cache, prefixTtlMs, quotas, statesPerPower }: CommitTurnParts,
  tenant: string,
  turn: TurnCommit,
  more?: () => Promise<CommitPart>,
  options?: StoreOptions,
): Promise<void> {
  const { node, prefix, state, tokens, modelFingerprint, precision } = turn;
  if (node === undefined) return await cache.file(tenant, { ...turn, name: prefix }, true, options);
  const { id, parent, engineFingerprint, seed, computed } = node;
  const { checks, above } = await nodeChecks(store, tenant, node, options);
  const manifest = newId(id);
  const encoded = await encodeState(state, {
    modelFingerprint,
    precision: fittingPrecision(state, precision),
  });
  const snapshot = await splitBlob(tenant, manifest, encoded, store.economy);
  const log = await splitLog(tenant, newId(id), node);
  const staged = await stageChunks(store, tenant, [snapshot, log], now(), options);
  const rest: CommitPart = await more?.() ?? { checks: [], writes: [] };
  const charged = log.blob.bytes + RECORD_BYTES;
  const writes: Write[] = [...staged.writes, ...rest.writes, {
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
      precision,
      ...computed === undefined ? {} : { base: computed.base },
    }),
  }];
  if (parent !== null) writes.push({ key: refKey(tenant, parent, id), value: new Uint8Array() });
  // Who has more to commit has reserved what this takes.
  const quota = more === undefined ? quotas(tenant) : UNLIMITED;
  for (let attempt = 1;; attempt++) {
    const thinning = above && await thinChain(store, tenant, above, statesPerPower, options);
    const bytes = charged + snapshot.blob.bytes - (thinning?.bytes ?? 0);
    const ok = await commitWithin(store, tenant, quota, { bytes }, {
      checks: [...checks, ...staged.checks, ...rest.checks, ...thinning?.part.checks ?? []],
      writes: [...writes, ...thinning?.part.writes ?? [], {
        key: manifestKey(tenant, manifest),
        value: encodeRecord(manifestSchema, {
          tokens,
          state: snapshot.blob,
          charged: snapshot.blob.bytes,
          chain: thinning?.chain ?? { depth: 1, kept: [] },
          ...turn.prompt === undefined ? {} : { prompt: turn.prompt },
        }),
      }],
    }, options);
    if (ok) return await forget(store, cache, tenant, thinning, options);
    const versions = await store.getMany(
      thinning?.part.checks.map(({ key }) => key) ?? [],
      options,
    );
    const same = versions.every((entry, i) => entry?.version === thinning?.part.checks[i]?.version);
    if (same || attempt === ATTEMPTS) throw new ResponseConflictError(id);
  }
}

/** Removes what the commit made useless and did not remove itself. A sweep comes to what fails here. */
async function forget(
  store: KvStore,
  cache: PrefixCache,
  tenant: string,
  thinning: Thinning | undefined,
  options: StoreOptions | undefined,
): Promise<void> {
  if (thinning === undefined) return;
  try {
    if (thinning.prompt !== undefined) await cache.forget(tenant, thinning.prompt, options);
    for (const id of thinning.noted) await sweepNote(store, tenant, id, options);
  } catch {
    // The turn is durable all the same.
  }
}

/** The new id must be free, and the parent still there when the turn is committed: so there are no cycles either. */
async function nodeChecks(
  store: KvStore,
  tenant: string,
  { id, parent }: NewResponseNode,
  options: StoreOptions | undefined,
): Promise<{ readonly checks: readonly Check[]; readonly above: StoredNode | undefined }> {
  if (!isResponseId(id)) {
    throw new RangeError(`${JSON.stringify(id)} does not have the form of a response's id`);
  }
  const checks: Check[] = [{ key: nodeKey(tenant, id), version: undefined }];
  if (parent === null) return { checks, above: undefined };
  const entry = isResponseId(parent)
    ? await store.get(nodeKey(tenant, parent), options)
    : undefined;
  // One that was deleted stays for those that continue it, this one among them if it began before.
  if (entry === undefined) throw new UnknownResponseError(parent);
  checks.push({ key: entry.key, version: entry.version });
  return { checks, above: decodeRecord(nodeSchema, entry.value, parent) };
}

function splitLog(
  tenant: string,
  name: string,
  { instructions, messages, itemIds = [], computed }: NewResponseNode,
): Promise<SplitBlob> {
  const bytes = encodeRecord(logSchema, {
    instructions,
    messages: [...messages],
    itemIds: [...itemIds],
    ...computed === undefined ? {} : { read: encodeTokens(computed.tokens) },
  });
  return splitBlob(tenant, name, bytes);
}
