import { decodeState, encodeState, type StatePrecision } from "../state/codec.ts";
import type { StateLayout } from "../state/layout.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { Check, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import type { CommitPart } from "./commit_part.ts";
import { readBlob, type SplitBlob, splitBlob } from "./blob.ts";
import { CorruptSnapshotError, ResponseConflictError, UnknownResponseError } from "./errors.ts";
import { manifestKey, nodeKey, prefixKey, refKey } from "./keys.ts";
import type { Message } from "./message.ts";
import {
  decodeRecord,
  encodeRecord,
  logSchema,
  manifestSchema,
  nodeSchema,
  prefixSchema,
} from "./records.ts";
import { newBlobId } from "./new_blob_id.ts";
import { isResponseId } from "./response_id.ts";
import type { NewResponseNode, ResponseNode } from "./response_node.ts";
import { stageChunks, sweepStaged } from "./staged_chunks.ts";
import { deleteResponse, sweepGarbage } from "./remove.ts";
import { type FoundHead, type Head, readHead } from "./head.ts";
import { type Item, itemsSchema } from "./records.ts";

/** How long the snapshot of a conversation that was not stored is kept, unless said otherwise: a day. */
export const DEFAULT_PREFIX_TTL_MS = 24 * 60 * 60 * 1000;

/** How much longer chunks live than the entry that leads to them, so that who has just found it can still read them. */
const GRACE_MS = 60_000;

/** Prefixes that are looked up at once. */
const PREFIXES_PER_READ = 30;

/** Leads to a stored state. A {@linkcode ResponseNode} is one too. */
export interface Snapshot {
  readonly manifest: string;
}

/** The snapshot of a beginning of a conversation. */
export interface FoundPrefix {
  readonly snapshot: Snapshot;
  /** Messages that its state has read: so many from the beginning. */
  readonly depth: number;
}

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

const NOTHING_MORE: CommitPart = { checks: [], writes: [] };

/** What a {@linkcode ConversationStore} is made of. */
export interface ConversationStoreOptions {
  readonly store: KvStore;
  /** The time, milliseconds since the epoch. */
  readonly now: () => number;
  /** Makes names for snapshots and logs, never the same twice. */
  readonly newId?: () => string;
  /** How long the snapshot of a conversation that was not stored is kept. */
  readonly prefixTtlMs?: number;
}

/**
 * The tree of stored responses, and the index by which a conversation that is sent again in full finds its state.
 *
 * Everything belongs to a tenant, who can neither reach nor notice what is another's. Nothing that was stored changes:
 * to continue a response twice makes two that have it as parent.
 *
 * A turn is written as chunks, and then in one atomic commit as what refers to them, so it is there whole or not at
 * all. Stored responses never expire. A turn that is not stored, and every entry of the index, does.
 */
export class ConversationStore {
  readonly #store: KvStore;
  readonly #now: () => number;
  readonly #newId: () => string;
  readonly #prefixTtlMs: number;

  constructor(
    { store, now, newId = newBlobId, prefixTtlMs = DEFAULT_PREFIX_TTL_MS }:
      ConversationStoreOptions,
  ) {
    this.#store = store;
    this.#now = now;
    this.#newId = newId;
    this.#prefixTtlMs = prefixTtlMs;
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
  async commitTurn(
    tenant: string,
    turn: TurnCommit,
    more: () => Promise<CommitPart> = () => Promise.resolve(NOTHING_MORE),
    options?: StoreOptions,
  ): Promise<void> {
    const { node, prefix, state, tokens, modelFingerprint, precision } = turn;
    const checks = node === undefined ? [] : await this.#checks(tenant, node, options);
    const manifest = this.#newId();
    const encoded = await encodeState(state, { modelFingerprint, precision });
    const snapshot = await splitBlob(tenant, manifest, encoded);
    const log = node && await this.#splitLog(tenant, node);
    const lifetime = node === undefined ? { expireIn: this.#prefixTtlMs + GRACE_MS } : {};
    const blobs = [snapshot, ...log === undefined ? [] : [log]].map(({ blob, writes }) => ({
      blob,
      writes: writes.map((write) => ({ ...write, ...lifetime })),
    }));
    const staged = await stageChunks(this.#store, tenant, blobs, this.#now(), options);
    const rest = await more();
    const writes: Write[] = [...staged.writes, ...rest.writes, {
      key: manifestKey(tenant, manifest),
      value: encodeRecord(manifestSchema, { tokens, state: snapshot.blob }),
      ...lifetime,
    }, {
      key: prefixKey(tenant, prefix),
      value: encodeRecord(prefixSchema, { manifest }),
      expireIn: this.#prefixTtlMs,
    }];
    if (node !== undefined && log !== undefined) {
      const { id, parent, engineFingerprint, seed } = node;
      const createdAt = this.#now();
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
    const { ok } = await this.#store.commit({
      checks: [...checks, ...staged.checks, ...rest.checks],
      writes,
    }, options);
    if (!ok && node !== undefined) throw new ResponseConflictError(node.id);
  }

  /**
   * A stored response.
   *
   * @throws {UnknownResponseError} if this tenant has none of this id.
   * @throws {CorruptSnapshotError} if it cannot be read.
   */
  async node(tenant: string, id: string, options?: StoreOptions): Promise<ResponseNode> {
    return await this.#node(tenant, id, false, options);
  }

  async #node(
    tenant: string,
    id: string,
    evenDeleted: boolean,
    options: StoreOptions | undefined,
  ): Promise<ResponseNode> {
    const entry = await this.#entry(tenant, id, options);
    if (entry === undefined) throw new UnknownResponseError(id);
    const { log, deleted, ...record } = decodeRecord(nodeSchema, entry.value, id);
    if (deleted && !evenDeleted) throw new UnknownResponseError(id);
    const bytes = await readBlob(this.#store, tenant, log, options);
    return { ...record, ...decodeRecord(logSchema, bytes, log.id) };
  }

  /**
   * Everything that was said up to the end of a response, oldest first. Instructions are not part of it.
   *
   * @throws {UnknownResponseError} if this tenant has no response of this id.
   * @throws {CorruptSnapshotError} if it, or one that it continues, cannot be read.
   */
  async history(tenant: string, id: string, options?: StoreOptions): Promise<Message[]> {
    const turns: (readonly Message[])[] = [];
    let node = await this.node(tenant, id, options);
    for (;;) {
      turns.push(node.messages);
      const { parent } = node;
      if (parent === null) return turns.reverse().flat();
      try {
        node = await this.#node(tenant, parent, true, options);
      } catch (cause) {
        if (!(cause instanceof UnknownResponseError)) throw cause;
        throw new CorruptSnapshotError(node.id, `its parent ${parent} is missing`, { cause });
      }
    }
  }

  /**
   * The state of a snapshot, and how many tokens it has read.
   *
   * @param expected the model that it is for
   * @throws {CorruptSnapshotError} if it has gone or is damaged.
   * @throws {StateError} if it is not a state of this model: {@linkcode StateMismatchError} and its like.
   */
  async loadState(
    tenant: string,
    { manifest }: Snapshot,
    expected: { readonly layout: StateLayout; readonly modelFingerprint: string },
    options?: StoreOptions,
  ): Promise<{ state: RecurrentState; tokens: number }> {
    const entry = await this.#store.get(manifestKey(tenant, manifest), options);
    if (entry === undefined) throw new CorruptSnapshotError(manifest, "its manifest is missing");
    const { tokens, state } = decodeRecord(manifestSchema, entry.value, manifest);
    const bytes = await readBlob(this.#store, tenant, state, options);
    return { state: await decodeState(bytes, expected), tokens };
  }

  /**
   * The longest beginning of a conversation whose state is kept.
   *
   * If loading it fails with a {@linkcode CorruptSnapshotError}, look again with `hashes.slice(0, depth - 1)`.
   *
   * @param hashes the {@linkcode prefixHashes} of the messages
   * @throws {CorruptSnapshotError} if the entry of the index cannot be read.
   */
  async deepestPrefix(
    tenant: string,
    hashes: readonly string[],
    options?: StoreOptions,
  ): Promise<FoundPrefix | undefined> {
    for (let end = hashes.length; end > 0; end -= PREFIXES_PER_READ) {
      const start = Math.max(0, end - PREFIXES_PER_READ);
      const keys = hashes.slice(start, end).map((hash) => prefixKey(tenant, hash));
      const entries = await this.#store.getMany(keys, options);
      const index = entries.findLastIndex((entry) => entry !== undefined);
      const entry = entries[index];
      if (entry === undefined) continue;
      const depth = start + index + 1;
      const { manifest } = decodeRecord(prefixSchema, entry.value, `prefix ${hashes[depth - 1]}`);
      return { snapshot: { manifest }, depth };
    }
    return undefined;
  }

  /** Where a conversation is. @throws {UnknownConversationError} */
  head(tenant: string, id: string, options?: StoreOptions): Promise<FoundHead> {
    return readHead(this.#store, tenant, id, options);
  }

  /** What was added to a conversation and no response has read. */
  async pending(tenant: string, { pending }: Head, options?: StoreOptions): Promise<Item[]> {
    if (pending === null) return [];
    const bytes = await readBlob(this.#store, tenant, pending, options);
    return decodeRecord(itemsSchema, bytes, pending.id);
  }

  /** Deletes a response that has ended. Those that continue it stay. */
  async deleteResponse(tenant: string, id: string, options?: StoreOptions): Promise<void> {
    await deleteResponse(this.#store, tenant, id, options);
  }

  /** Frees what writers that are gone left behind, and what was deleted and nothing needs any more. */
  async sweep(options?: StoreOptions): Promise<void> {
    await sweepStaged(this.#store, this.#now(), options);
    await sweepGarbage(this.#store, options);
  }

  /** The new id must be free, and the parent still there when the turn is committed: so there are no cycles either. */
  async #checks(
    tenant: string,
    { id, parent }: NewResponseNode,
    options: StoreOptions | undefined,
  ): Promise<Check[]> {
    if (!isResponseId(id)) {
      throw new RangeError(`${JSON.stringify(id)} does not have the form of a response's id`);
    }
    const checks: Check[] = [{ key: nodeKey(tenant, id), version: undefined }];
    if (parent !== null) {
      const entry = await this.#entry(tenant, parent, options);
      // One that was deleted stays for those that continue it, this one among them if it began before.
      if (entry === undefined) throw new UnknownResponseError(parent);
      checks.push({ key: entry.key, version: entry.version });
    }
    return checks;
  }

  async #entry(tenant: string, id: string, options: StoreOptions | undefined) {
    return isResponseId(id) ? await this.#store.get(nodeKey(tenant, id), options) : undefined;
  }

  #splitLog(
    tenant: string,
    { instructions, messages, itemIds = [] }: NewResponseNode,
  ): Promise<SplitBlob> {
    const bytes = encodeRecord(logSchema, {
      instructions,
      messages: [...messages],
      itemIds: [...itemIds],
    });
    return splitBlob(tenant, this.#newId(), bytes);
  }
}
