import { type Quotas, UNLIMITED } from "../limits/quota.ts";
import type { Message } from "../prompt/message.ts";
import { readBlob, sweepStaged } from "../records/blob.ts";
import { CorruptSnapshotError, UnknownResponseError } from "../records/errors.ts";
import { newBlobId } from "../records/ids.ts";
import { manifestKey } from "../records/keys.ts";
import { decodeRecord } from "../records/record.ts";
import type { OnSweepError } from "../records/sweep.ts";
import type { StatePrecision } from "../state/precision.ts";
import type { CommitPart, KvStore, StoreOptions } from "../store/kv_store.ts";
import { commitTurn, type CommitTurnParts, type TurnCommit } from "./commit_turn.ts";
import { type CachedSnapshot, PrefixCache } from "./prefix_cache.ts";
import { deleteResponse, sweepGarbage } from "./remove.ts";
import { loadNode, type ResponseNode } from "./response_node.ts";
import {
  type ExpectedState,
  type FoundPrefix,
  type LoadedState,
  loadState,
  type Snapshot,
} from "./snapshot.ts";
import { DEFAULT_STATES_PER_POWER } from "./spacing.ts";
import { decodeTokens, logSchema } from "./transcript.ts";

/** How long a state is kept that only saves work and is not used, unless said otherwise: a day. */
export const DEFAULT_PREFIX_TTL_MS = 24 * 60 * 60 * 1000;

/** What a {@linkcode ResponseTree} is made of. */
export interface ResponseTreeOptions {
  readonly store: KvStore;
  /** The time, milliseconds since the epoch. */
  readonly now: () => number;
  /** Makes names for snapshots and logs, never the same twice: those of a response, or others. */
  readonly newId?: (response?: string) => string;
  /** How long a state is kept that only saves work and is not used. */
  readonly prefixTtlMs?: number;
  /** What each tenant may keep. Absent: any amount. */
  readonly quotas?: Quotas;
  /** How many states a chain of responses keeps: see {@linkcode isSpaced}. @default 2 */
  readonly statesPerPower?: number;
}

/** How the state of a response is computed again. */
export interface StatePath {
  /** The response at whose state it begins. `null`: the empty state. */
  readonly from: ResponseNode | null;
  /** For each response on the way the tokens to read, and how to round the state after them. */
  readonly steps: readonly StateStep[];
}

/** The state of a response after that of the one before it. */
export interface StateStep {
  readonly tokens: readonly number[];
  readonly precision: StatePrecision;
}

/**
 * The tree of stored responses, and the index by which a conversation that is sent again in full finds its state.
 *
 * Everything belongs to a tenant, who can neither reach nor notice what is another's. Nothing that was stored changes:
 * to continue a response twice makes two that have it as parent.
 *
 * A turn is written as chunks, and then in one atomic commit as what refers to them, so it is there whole or not at
 * all. A turn that is not stored, and every entry of the index, expires.
 */
export class ResponseTree {
  readonly #store: KvStore;
  readonly #now: () => number;
  readonly #cache: PrefixCache;
  readonly #quotas: Quotas;
  readonly #committing: CommitTurnParts;

  constructor(
    {
      store,
      now,
      newId = newBlobId,
      prefixTtlMs = DEFAULT_PREFIX_TTL_MS,
      quotas = () => UNLIMITED,
      statesPerPower = DEFAULT_STATES_PER_POWER,
    }: ResponseTreeOptions,
  ) {
    this.#store = store;
    this.#now = now;
    this.#quotas = quotas;
    this.#cache = new PrefixCache({ store, now, newId, ttlMs: prefixTtlMs, quotas });
    this.#committing = {
      store,
      now,
      newId,
      cache: this.#cache,
      prefixTtlMs,
      quotas,
      statesPerPower,
    };
  }

  /**
   * Keeps the state of a finished turn, and the response if it has a node. When it resolves, both are durable.
   *
   * If it fails, chunks may be left behind that nothing refers to, until they are swept.
   *
   * @param more what else is part of the commit, asked for last
   * @throws {UnknownResponseError} if the parent is not stored.
   * @throws {ResponseConflictError} if the id is taken.
   * @throws {RangeError} if the id does not have the form of one, because it could not be found again.
   */
  commitTurn(
    tenant: string,
    turn: TurnCommit,
    more?: () => Promise<CommitPart>,
    options?: StoreOptions,
  ): Promise<void> {
    return commitTurn(this.#committing, tenant, turn, more, options);
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
    const { log, deleted, charged: _, base, ...record } = await loadNode(
      this.#store,
      tenant,
      id,
      options,
    );
    if (deleted && !evenDeleted) throw new UnknownResponseError(id);
    const bytes = await readBlob(this.#store, tenant, log, options);
    const { read, ...said } = decodeRecord(logSchema, bytes, log.id);
    const computed = base === undefined || read === undefined
      ? {}
      : { computed: { base, tokens: decodeTokens(read) } };
    return { ...record, ...said, ...computed };
  }

  /**
   * How the state of a response is computed again that was removed: from the nearest one before it that was not.
   *
   * @throws {CorruptSnapshotError} if something is missing that never is removed.
   */
  async pathTo(tenant: string, node: ResponseNode, options?: StoreOptions): Promise<StatePath> {
    const steps: StateStep[] = [];
    for (let at = node;;) {
      if (at.computed === undefined) {
        throw new CorruptSnapshotError(at.id, "its state is missing, and cannot be computed again");
      }
      const { base, tokens } = at.computed;
      steps.unshift({ tokens, precision: at.precision });
      if (base === null) return { from: null, steps };
      at = await this.#before(tenant, at, base, options);
      const key = manifestKey(tenant, at.manifest);
      if (await this.#store.get(key, options) !== undefined) return { from: at, steps };
    }
  }

  /** A response that another one needs, so that it is there even if it was deleted. */
  async #before(
    tenant: string,
    { id }: ResponseNode,
    before: string,
    options: StoreOptions | undefined,
  ): Promise<ResponseNode> {
    try {
      return await this.#node(tenant, before, true, options);
    } catch (cause) {
      if (!(cause instanceof UnknownResponseError)) throw cause;
      throw new CorruptSnapshotError(id, `its parent ${before} is missing`, { cause });
    }
  }

  /**
   * A response and all that it continues, oldest first, those included that were deleted.
   *
   * @throws {UnknownResponseError} if this tenant has no response of this id.
   * @throws {CorruptSnapshotError} if it, or one that it continues, cannot be read.
   */
  async lineage(tenant: string, id: string, options?: StoreOptions): Promise<ResponseNode[]> {
    return (await Array.fromAsync(this.backwards(tenant, id, options))).reverse();
  }

  /**
   * A response and all that it continues, the latest first, one at a time.
   *
   * @throws what {@linkcode lineage} throws
   */
  async *backwards(
    tenant: string,
    id: string,
    options?: StoreOptions,
  ): AsyncGenerator<ResponseNode> {
    let node = await this.node(tenant, id, options);
    for (;;) {
      yield node;
      const { parent } = node;
      if (parent === null) return;
      node = await this.#before(tenant, node, parent, options);
    }
  }

  /**
   * Everything that was said up to the end of a response, oldest first. Instructions are not part of it.
   *
   * @throws what {@linkcode lineage} throws
   */
  async history(tenant: string, id: string, options?: StoreOptions): Promise<Message[]> {
    return (await this.lineage(tenant, id, options)).flatMap(({ messages }) => messages);
  }

  /**
   * The state of a snapshot, and how many tokens it has read.
   *
   * @param expected the model that it is for
   * @throws {CorruptSnapshotError} if it has gone or is damaged.
   * @throws {StateError} if it is not a state of this model: {@linkcode StateMismatchError} and its like.
   */
  loadState(
    tenant: string,
    snapshot: Snapshot,
    expected: ExpectedState,
    options?: StoreOptions,
  ): Promise<LoadedState> {
    return loadState(this.#store, tenant, snapshot, expected, options);
  }

  /** The bytes of states that only save work which a tenant may keep. */
  cacheBytes(tenant: string): number {
    return this.#quotas(tenant).cacheBytes;
  }

  /**
   * Keeps a state that may save work, unless there is one of its name.
   *
   * @throws {StatePrecisionError} if the state does not fit the precision.
   */
  keepSnapshot(tenant: string, snapshot: CachedSnapshot, options?: StoreOptions): Promise<void> {
    return this.#cache.file(tenant, snapshot, false, options);
  }

  /**
   * The longest beginning of a conversation whose state is kept.
   *
   * If loading it fails with a {@linkcode CorruptSnapshotError}, look again with `names.slice(0, depth - 1)`.
   *
   * @param names of beginnings, the longest last: the {@linkcode prefixHashes} of the messages, say
   * @throws {CorruptSnapshotError} if the entry of the index cannot be read.
   */
  deepestPrefix(
    tenant: string,
    names: readonly string[],
    options?: StoreOptions,
  ): Promise<FoundPrefix | undefined> {
    return this.#cache.deepest(tenant, names, options);
  }

  /** Deletes a response that has ended. Those that continue it stay. */
  async deleteResponse(tenant: string, id: string, options?: StoreOptions): Promise<void> {
    await deleteResponse(this.#store, tenant, id, options);
  }

  /** Deletes the states that only save work and were not used for a while. */
  expireCache(onError: OnSweepError, options?: StoreOptions): Promise<void> {
    return this.#cache.sweep(onError, options);
  }

  /** Frees what writers that are gone left behind, and what was deleted and nothing needs any more. */
  async sweep(onError: OnSweepError, options?: StoreOptions): Promise<void> {
    await sweepStaged(this.#store, this.#now(), onError, options);
    await sweepGarbage(this.#store, onError, options);
  }
}
