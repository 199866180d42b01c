import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import { readBlob, splitBlob } from "../records/blob.ts";
import { type CancelOptions, cancelRun, textOf } from "./cancel_run.ts";
import {
  ConversationBusyError,
  CorruptSnapshotError,
  ResponseConflictError,
} from "../records/errors.ts";
import { type FoundHead, type Head, openHead, readHead } from "../conversation/head.ts";
import { HeldRun } from "./held_run.ts";
import { pendingItems } from "../conversation/items.ts";
import { bornKey, leaseKey, LEASES, refKey, runKey } from "../records/keys.ts";
import { newBlobId } from "../records/new_blob_id.ts";
import { type QuotaParts, type Quotas, UNLIMITED } from "../limits/quota.ts";
import { decodeJson, decodeRecord, encodeJson, encodeRecord } from "../records/record.ts";
import { isResponseId } from "../records/response_id.ts";
import {
  leaseSchema,
  type LEAVING,
  type Run,
  type RunLease,
  runSchema,
  type RunStart,
} from "../tree/run.ts";
import { LOG_START, type LogPosition, type LogRead, readLog } from "./run_log.ts";
import { type FoundLease, readLease, readRun } from "../tree/run_records.ts";
import { stageChunks } from "../records/staged_chunks.ts";
import { nodeCheck } from "../tree/stored_node.ts";
import { LeaseClock } from "../records/lease_clock.ts";
import { type OnSweepError, sweepOne } from "../records/sweep_one.ts";
import { commitWithin, RECORD_BYTES } from "../limits/enforce_quota.ts";

/** A response that is to be made. */
export interface NewRun {
  readonly id: string;
  /** The response that it continues. */
  readonly parent: string | null;
  /** The conversation that it belongs to, as it was when the parent was chosen. */
  readonly conversation?: {
    readonly id: string;
    readonly found: FoundHead;
    /** What it is called if it has no title. */
    readonly title?: string | undefined;
  };
  /** What it is made from: any JSON. */
  readonly request: unknown;
  readonly leaving: (typeof LEAVING)[number];
  /** Where its making begins, if that is known. */
  readonly start?: RunStart;
  /** Bytes of the state that it will end with, for which there has to be room. */
  readonly stateBytes?: number;
}

/** What a {@linkcode RunStore} is made of. */
export interface RunStoreOptions extends QuotaParts {
  /** Names this instance, as no other. */
  readonly owner: string;
  /** How long a lease holds after it was renewed. */
  readonly leaseMs: number;
  /** A clock that is never set, for leases of machines whose clocks differ. */
  readonly elapsed?: () => number;
}

/**
 * Responses that are being made, and the logs of their answers.
 *
 * Each has a record, a log, and while it is being made a lease: who holds it makes the response, and may write. A lease
 * that is not renewed expires, and another instance may take it.
 */
export class RunStore {
  readonly #store: KvStore;
  readonly #now: () => number;
  readonly #clock: LeaseClock;
  readonly #owner: string;
  readonly #quotas: Quotas;
  /** How long a lease holds after it was renewed. */
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
   * @throws {UnknownConversationError} if this tenant has none of this id.
   */
  head(tenant: string, id: string, options?: StoreOptions): Promise<FoundHead> {
    return readHead(this.#store, tenant, id, options);
  }

  /** The items that were added to a conversation since its last response. */
  pending(tenant: string, head: Head, options?: StoreOptions): ReturnType<typeof pendingItems> {
    return pendingItems(this.#store, tenant, head, options);
  }

  /**
   * Accepts a response, and takes its lease. When it resolves, it is durable: somebody will make it.
   *
   * It counts at once for all that it will need but for its answer, so that no response ends for want of room. By the
   * answers that are being made a tenant may go beyond the quota.
   *
   * @throws {QuotaExceededError} if the tenant may not keep another.
   * @throws {UnknownResponseError} if the parent is not stored.
   * @throws {ConversationBusyError} if the conversation waits for another response, or changed meanwhile.
   * @throws {ResponseConflictError} if the id is taken, or the parent was deleted meanwhile.
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
    // The state, and beside it what was said once more.
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
        // One of a conversation is kept for as long as the conversation.
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
   * The record of a response.
   *
   * @throws {UnknownResponseError} if this tenant has none of this id.
   */
  async load(tenant: string, id: string, options?: StoreOptions): Promise<Run> {
    return (await readRun(this.#store, tenant, id, options)).run;
  }

  /** What a response is made from. */
  async request(tenant: string, { id, request }: Run, options?: StoreOptions): Promise<unknown> {
    const bytes = await readBlob(this.#store, tenant, request, options);
    try {
      return decodeJson(bytes);
    } catch (cause) {
      throw new CorruptSnapshotError(id, "its request cannot be read", { cause });
    }
  }

  /** Reads the log of a response on from a position. */
  log(
    tenant: string,
    id: string,
    from: LogPosition,
    options?: StoreOptions,
  ): AsyncGenerator<LogRead> {
    return readLog(this.#store, tenant, id, from, options);
  }

  /**
   * Requires that the log of a response was read to its end. Entries are written in order, so that the last ones may be
   * missing without a gap, as after a store has evicted them.
   *
   * @param run the record, read before the log
   * @param position where reading ended
   * @throws {CorruptSnapshotError} if entries are missing at the end of a response that has ended
   * @throws {UnknownResponseError} if it was deleted meanwhile
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
   * Takes a response over that nobody makes.
   *
   * @param wanted whether somebody waits for it, so that one which is paused goes on
   * @returns `undefined` if somebody makes it, or it has ended
   */
  async take(
    tenant: string,
    id: string,
    wanted: boolean,
    options?: StoreOptions,
  ): Promise<HeldRun | undefined> {
    const found = await this.#lease(tenant, id, options);
    if (found === undefined) {
      // It has ended. If not, its lease was lost, and nobody makes it.
      if ((await this.load(tenant, id, options)).end !== null) return undefined;
    } else {
      const { owner, expiresAt, paused } = found.lease;
      const free = paused ? wanted : owner === null || this.#isExpired(tenant, id, expiresAt);
      if (!free) return undefined;
    }
    // If the record was lost, its epoch is as well. The time is greater than any count of owners.
    const lease = this.#newLease((found?.lease.epoch ?? this.#now()) + 1);
    const key = leaseKey(tenant, id);
    const { ok } = await this.#store.commit({
      checks: [{ key, version: found?.version }],
      writes: [{ key, value: encodeRecord(leaseSchema, lease) }],
    }, options);
    if (!ok) return undefined;
    const taken = await this.#lease(tenant, id, options);
    if (taken === undefined || !isSame(taken.lease, lease)) return undefined;
    // Nobody else writes from here on: this is all there is.
    const run = await this.load(tenant, id, options);
    if (run.end !== null) {
      // What was read of it before was older than its end.
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
      // Who goes on reads it again, and ends the response with this failure.
      if (!(error instanceof CorruptSnapshotError)) throw error;
    }
    return this.#held(tenant, run, taken, position);
  }

  /**
   * Ends a response that is being made by any process: its writer loses the lease and can write nothing more.
   *
   * @returns whether it was still being made
   * @throws {UnknownResponseError} if this tenant has none of this id.
   */
  cancel(tenant: string, id: string, options?: CancelOptions): Promise<boolean> {
    const newLease = (epoch: number) => this.#newLease(epoch);
    const parts = { store: this.#store, now: this.#now, newLease };
    return cancelRun(parts, tenant, id, options);
  }

  /** The text of a response that is durable. */
  text(tenant: string, id: string, options?: StoreOptions): Promise<string> {
    return textOf(this.#store, tenant, id, options);
  }

  /** Whether nobody makes a response because its client left. */
  async isPaused(tenant: string, id: string, options?: StoreOptions): Promise<boolean> {
    return (await this.#lease(tenant, id, options))?.lease.paused ?? false;
  }

  /** Takes a response away from whoever makes it: it goes on when somebody asks for it. Does nothing to one that has ended. */
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

  /** Sees to the responses whose lease has expired, of all tenants, one after the other. */
  async sweep(
    seeTo: (tenant: string, id: string, paused: boolean) => Promise<unknown>,
    onError: OnSweepError,
    options?: StoreOptions,
  ): Promise<void> {
    for await (const { key, value } of this.#store.list(LEASES, options)) {
      const [, , tenant = "", id = ""] = key;
      await sweepOne(onError, async () => {
        const { expiresAt, paused } = decodeRecord(leaseSchema, value, id);
        // One that is paused holds for longer than others, and nobody renews it.
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

/** Whether two leases are of the same holder. */
function isSame(a: RunLease, b: RunLease): boolean {
  return a.epoch === b.epoch && a.owner === b.owner;
}
