import { type FoundHead, type Head, openHead, readHead } from "../conversation/head.ts";
import { pendingItems } from "../conversation/items.ts";
import {
  commitWithin,
  type QuotaParts,
  type Quotas,
  RECORD_BYTES,
  UNLIMITED,
} from "../limits/quota.ts";
import { readBlob, splitBlob, stageChunks } from "../records/blob.ts";
import {
  ConversationBusyError,
  CorruptSnapshotError,
  ResponseConflictError,
} from "../records/errors.ts";
import { isResponseId, newBlobId } from "../records/ids.ts";
import { bornKey, leaseKey, LEASES, refKey, runKey } from "../records/keys.ts";
import { LeaseClock } from "../records/lease_clock.ts";
import { decodeJson, decodeRecord, encodeJson, encodeRecord } from "../records/record.ts";
import { type OnSweepError, sweepOne } from "../records/sweep.ts";
import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import { nodeCheck } from "../tree/response_node.ts";
import {
  type FoundLease,
  leaseSchema,
  type LEAVING,
  readLease,
  readRun,
  type Run,
  type RunLease,
  runSchema,
  type RunStart,
} from "../tree/run.ts";
import { type CancelOptions, cancelRun, textOf } from "./cancel_run.ts";
import { HeldRun } from "./held_run.ts";
import { LOG_START, type LogPosition, type LogRead, readLog } from "./run_log.ts";

/** A response to be made. */
export interface NewRun {
  readonly id: string;
  /** The response that it continues. */
  readonly parent: string | null;
  /** Its conversation, as it was when the parent was chosen. */
  readonly conversation?: {
    readonly id: string;
    readonly found: FoundHead;
    /** The conversation's title, if it has none yet. */
    readonly title?: string | undefined;
  };
  /** What it is generated from: any JSON. */
  readonly request: unknown;
  readonly leaving: (typeof LEAVING)[number];
  /** Where generation begins, if that is known. */
  readonly start?: RunStart;
  /** Bytes of its final state, reserved in the quota. */
  readonly stateBytes?: number;
}

/** Options of a {@linkcode RunStore}. */
export interface RunStoreOptions extends QuotaParts {
  /** Unique name of this instance. */
  readonly owner: string;
  /** How long a lease lasts after each renewal, in milliseconds. */
  readonly leaseMs: number;
  /** Decides whether leases of machines with other clocks have expired. */
  readonly elapsed?: () => number;
}

/**
 * Runs, and the logs of their answers.
 *
 * Each run has a record, a log, and while it is running a lease: only the holder generates and writes. A lease that is
 * not renewed expires, and another instance may take it.
 *
 * @see docs/protocol.md
 */
export class RunStore {
  readonly #store: KvStore;
  readonly #now: () => number;
  readonly #clock: LeaseClock;
  readonly #owner: string;
  readonly #quotas: Quotas;
  /** How long a lease lasts after each renewal, in milliseconds. */
  readonly leaseMs: number;

  constructor(
    { store, now, owner, leaseMs, elapsed, quotas = () => UNLIMITED }: RunStoreOptions,
  ) {
    this.#clock = new LeaseClock({ now, leaseMs, ...elapsed === undefined ? {} : { elapsed } });
    this.#quotas = quotas;
    this.#store = store;
    this.#now = now;
    this.#owner = owner;
    this.leaseMs = leaseMs;
  }

  /**
   * The head of a conversation.
   *
   * @throws {UnknownConversationError} if the tenant has no conversation with this id.
   */
  head(tenant: string, id: string, options?: StoreOptions): Promise<FoundHead> {
    return readHead(this.#store, tenant, id, options);
  }

  /** The items that were added to a conversation since its last response. */
  pending(tenant: string, head: Head, options?: StoreOptions): ReturnType<typeof pendingItems> {
    return pendingItems(this.#store, tenant, head, options);
  }

  /**
   * Creates a run and takes its lease. It is durable once the promise resolves: some instance will make it.
   *
   * All that it will need except the answer is reserved in the quota, so that no response fails for lack of room.
   * Running answers may overshoot the quota.
   *
   * @throws {QuotaExceededError} if the tenant's quota is exceeded.
   * @throws {UnknownResponseError} if the parent is not stored.
   * @throws {ConversationBusyError} if another response is running in the conversation, or it changed concurrently.
   * @throws {ResponseConflictError} if the id is taken, or the parent was deleted concurrently.
   */
  async create(tenant: string, run: NewRun, options?: StoreOptions): Promise<HeldRun> {
    const { id, parent, conversation, leaving } = run;
    if (!isResponseId(id)) throw new RangeError(`${id} does not have the form of a response's id`);
    const head = conversation === undefined
      ? { checks: [], writes: [] }
      : openHead(tenant, conversation.id, conversation.found, id, conversation.title);
    const node = parent === null
      ? undefined
      : await nodeCheck(this.#store, tenant, parent, options);
    const bytes = encodeJson(run.request);
    const split = await splitBlob(tenant, newBlobId(id), bytes);
    const now = this.#now();
    const staged = await stageChunks(this.#store, tenant, [split], now, options);
    const charged = split.blob.bytes + RECORD_BYTES;
    // The state, and another copy of the messages beside it.
    const reserved = run.stateBytes === undefined ? 0 : run.stateBytes + charged + RECORD_BYTES;
    const charge = { responses: 1, bytes: charged + reserved };
    const record: Run = {
      id,
      createdAt: now,
      parent,
      conversation: conversation?.id ?? null,
      request: split.blob,
      charged,
      reserved,
      leaving,
      start: run.start ?? null,
      end: null,
    };
    const lease = this.#newLease(1);
    const ok = await commitWithin(this.#store, tenant, this.#quotas(tenant), charge, {
      checks: [
        { key: runKey(tenant, id), version: undefined },
        ...node === undefined ? [] : [node],
        ...head.checks,
        ...staged.checks,
      ],
      writes: [
        ...staged.writes,
        { key: runKey(tenant, id), value: encodeRecord(runSchema, record) },
        { key: leaseKey(tenant, id), value: encodeRecord(leaseSchema, lease) },
        ...parent === null ? [] : [{ key: refKey(tenant, parent, id), value: new Uint8Array() }],
        // A response in a conversation is kept as long as the conversation.
        ...conversation === undefined
          ? [{ key: bornKey(tenant, now, "response", id), value: new Uint8Array() }]
          : [],
        ...head.writes,
      ],
    }, options);
    if (!ok) {
      throw conversation === undefined
        ? new ResponseConflictError(id)
        : new ConversationBusyError(conversation.id);
    }
    const found = await this.#lease(tenant, id, options);
    if (found === undefined || !isSame(found.lease, lease)) throw new ResponseConflictError(id);
    return this.#held(tenant, record, found, LOG_START);
  }

  /**
   * The record of a run.
   *
   * @throws {UnknownResponseError} if the tenant has no response with this id.
   */
  async load(tenant: string, id: string, options?: StoreOptions): Promise<Run> {
    return (await readRun(this.#store, tenant, id, options)).run;
  }

  /** What the response is generated from. */
  async request(tenant: string, { id, request }: Run, options?: StoreOptions): Promise<unknown> {
    const bytes = await readBlob(this.#store, tenant, request, options);
    try {
      return decodeJson(bytes);
    } catch (cause) {
      throw new CorruptSnapshotError(id, "its request cannot be read", { cause });
    }
  }

  /** Reads the log of a run from a position. */
  log(
    tenant: string,
    id: string,
    from: LogPosition,
    options?: StoreOptions,
  ): AsyncGenerator<LogRead> {
    return readLog(this.#store, tenant, id, from, options);
  }

  /**
   * Checks that a log was read to its end. Entries are written in order, so the last ones may be missing without a gap,
   * for example after the store evicted them.
   *
   * @param run the record, read before the log
   * @param position where reading ended
   * @throws {CorruptSnapshotError} if the last entries of a finished response are missing
   * @throws {UnknownResponseError} if it was deleted concurrently
   */
  async requireWholeLog(
    tenant: string,
    { id, entries }: Pick<Run, "id" | "entries">,
    position: LogPosition,
    options?: StoreOptions,
  ): Promise<void> {
    if (entries === undefined || position.entries >= entries) return;
    await this.load(tenant, id, options);
    throw new CorruptSnapshotError(id, `entry ${position.entries} of its log is missing`);
  }

  /**
   * Takes over a run that nobody makes.
   *
   * @param wanted whether a client waits for it, so that a paused run resumes
   * @returns `undefined` if an instance makes it, or it has ended
   */
  async take(
    tenant: string,
    id: string,
    wanted: boolean,
    options?: StoreOptions,
  ): Promise<HeldRun | undefined> {
    const found = await this.#lease(tenant, id, options);
    if (found === undefined) {
      // Either it has ended, or its lease record was lost and nobody makes it.
      if ((await this.load(tenant, id, options)).end !== null) return undefined;
    } else {
      const { owner, expiresAt, paused } = found.lease;
      const free = paused ? wanted : owner === null || this.#isExpired(tenant, id, expiresAt);
      if (!free) return undefined;
    }
    // If the record was lost, so was its epoch. The current time is greater than any epoch.
    const lease = this.#newLease((found?.lease.epoch ?? this.#now()) + 1);
    const key = leaseKey(tenant, id);
    const { ok } = await this.#store.commit({
      checks: [{ key, version: found?.version }],
      writes: [{ key, value: encodeRecord(leaseSchema, lease) }],
    }, options);
    if (!ok) return undefined;
    const taken = await this.#lease(tenant, id, options);
    if (taken === undefined || !isSame(taken.lease, lease)) return undefined;
    // We hold the lease, so the log is complete.
    const run = await this.load(tenant, id, options);
    if (run.end !== null) {
      // What was read before the takeover may have been incomplete.
      await this.#store.commit({
        checks: [{ key, version: taken.version }],
        writes: [{ key, delete: true }],
      }, options);
      return undefined;
    }
    let position = LOG_START;
    try {
      for await (const { next } of this.log(tenant, id, LOG_START, options)) position = next;
    } catch (error) {
      // The reader of the run meets this failure again, and ends the response with it.
      if (!(error instanceof CorruptSnapshotError)) throw error;
    }
    return this.#held(tenant, run, taken, position);
  }

  /**
   * Cancels a running response, whichever process makes it: its writer loses the lease and can write nothing more.
   *
   * @returns whether it was still running
   * @throws {UnknownResponseError} if the tenant has no response with this id.
   */
  cancel(tenant: string, id: string, options?: CancelOptions): Promise<boolean> {
    const newLease = (epoch: number) => this.#newLease(epoch);
    const parts = { store: this.#store, now: this.#now, newLease };
    return cancelRun(parts, tenant, id, options);
  }

  /** The durable text of a response. */
  text(tenant: string, id: string, options?: StoreOptions): Promise<string> {
    return textOf(this.#store, tenant, id, options);
  }

  /** Whether a response is paused because its client left. */
  async isPaused(tenant: string, id: string, options?: StoreOptions): Promise<boolean> {
    return (await this.#lease(tenant, id, options))?.lease.paused ?? false;
  }

  /** Takes a run away from its maker and pauses it, until a client asks for it. No effect once it has ended. */
  async pause(tenant: string, id: string, ms: number, options?: StoreOptions): Promise<void> {
    for (;;) {
      const found = await this.#lease(tenant, id, options);
      if (found === undefined || found.lease.paused) return;
      const { epoch } = found.lease;
      const lease = { owner: null, epoch: epoch + 1, expiresAt: this.#now() + ms, paused: true };
      const key = leaseKey(tenant, id);
      const { ok } = await this.#store.commit({
        checks: [{ key, version: found.version }],
        writes: [{ key, value: encodeRecord(leaseSchema, lease) }],
      }, options);
      if (ok) return;
    }
  }

  /** Handles runs of all tenants whose lease has expired, one after the other. */
  async sweep(
    seeTo: (tenant: string, id: string, paused: boolean) => Promise<unknown>,
    onError: OnSweepError,
    options?: StoreOptions,
  ): Promise<void> {
    for await (const { key, value } of this.#store.list(LEASES, options)) {
      const [, , tenant = "", id = ""] = key;
      await sweepOne(onError, async () => {
        const { expiresAt, paused } = decodeRecord(leaseSchema, value, id);
        // A paused run's lease lasts longer, and nobody renews it.
        const expired = paused ? expiresAt <= this.#now() : this.#isExpired(tenant, id, expiresAt);
        if (expired) await seeTo(tenant, id, paused);
      });
    }
  }

  #isExpired(tenant: string, id: string, expiresAt: number): boolean {
    return this.#clock.isExpired(`${tenant}/${id}`, expiresAt);
  }

  #newLease(epoch: number): RunLease {
    return {
      owner: this.#owner,
      epoch,
      expiresAt: this.#now() + this.leaseMs,
      paused: false,
    };
  }

  #lease(
    tenant: string,
    id: string,
    options: StoreOptions | undefined,
  ): Promise<FoundLease | undefined> {
    return readLease(this.#store, tenant, id, options);
  }

  #held(tenant: string, run: Run, { lease, version }: FoundLease, position: LogPosition): HeldRun {
    return new HeldRun({
      store: this.#store,
      now: this.#now,
      leaseMs: this.leaseMs,
      tenant,
      run,
      lease,
      version,
      position,
    });
  }
}

/** Whether two lease records have the same holder. */
function isSame(a: RunLease, b: RunLease): boolean {
  return a.epoch === b.epoch && a.owner === b.owner;
}
