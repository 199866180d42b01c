import { closeHead } from "../conversation/head.ts";
import type { Piece } from "../engine/generate.ts";
import { chargeWrites } from "../limits/enforce_quota.ts";
import type { CommitPart } from "../records/commit_part.ts";
import { LeaseLostError } from "../records/errors.ts";
import { leaseKey, runKey } from "../records/keys.ts";
import { decodeRecord, encodeRecord } from "../records/record.ts";
import type { KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import {
  type Lease,
  leaseSchema,
  type Run,
  type RunEnd,
  runSchema,
  type RunStart,
} from "../tree/run.ts";
import { type LogPosition, logWrites } from "./run_log.ts";

/** What a {@linkcode HeldRun} begins with. */
export interface HeldRunOptions {
  readonly store: KvStore;
  readonly now: () => number;
  /** How long the lease holds after it was renewed. */
  readonly leaseMs: number;
  readonly tenant: string;
  readonly run: Run;
  readonly lease: Lease;
  /** The version of the lease. */
  readonly version: string;
  /** What the log holds already. */
  readonly position: LogPosition;
}

/**
 * A response under way that this instance makes: it holds the lease.
 *
 * Every change is one commit that asks for the very lease that was read when it was taken or renewed. So once another
 * instance has taken it, or the response was cancelled or deleted, nothing that this one writes has any effect, however
 * long it was asleep: all methods throw {@linkcode LeaseLostError} then. They may be called at any time, and are done
 * one after the other.
 */
export class HeldRun {
  readonly tenant: string;
  readonly epoch: number;
  readonly #store: KvStore;
  readonly #now: () => number;
  readonly #leaseMs: number;
  #run: Run;
  #lease: Lease;
  #version: string;
  /** Whether the lease may have been changed by a write that was reported as failed. */
  #doubtful = false;
  #position: LogPosition;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: HeldRunOptions) {
    this.tenant = options.tenant;
    this.epoch = options.lease.epoch;
    this.#store = options.store;
    this.#now = options.now;
    this.#leaseMs = options.leaseMs;
    this.#run = options.run;
    this.#lease = options.lease;
    this.#version = options.version;
    this.#position = options.position;
  }

  /** What is known of the response. */
  get run(): Run {
    return this.#run;
  }

  /** How much of the answer is durable. */
  get position(): LogPosition {
    return this.#position;
  }

  /** Holds the lease for longer. */
  renew(options?: StoreOptions): Promise<void> {
    return this.#exclusive(() => {
      return this.#setLease({ ...this.#lease, expiresAt: this.#now() + this.#leaseMs }, options);
    });
  }

  /** Files where the making of the answer begins. */
  begin(start: RunStart, options?: StoreOptions): Promise<void> {
    return this.#exclusive(async () => {
      await this.#settle(options);
      const run = { ...this.#run, start };
      await this.#commit([this.#runWrite(run)], options);
      this.#run = run;
    });
  }

  /** Adds pieces to the answer. When it resolves, they are durable. */
  append(pieces: readonly Piece[], options?: StoreOptions): Promise<void> {
    return this.#exclusive(async () => {
      await this.#settle(options);
      const { entries } = this.#position;
      const writes = logWrites(this.tenant, this.#run.id, entries, pieces);
      await this.#commit([...writes, ...chargeWrites(this.tenant, sizeOf(writes))], options);
      this.#position = {
        entries: entries + writes.length,
        pieces: this.#position.pieces + pieces.length,
      };
    });
  }

  /**
   * The part of a commit that ends the response. Nothing can be written after that commit.
   *
   * @param pieces the last ones, if some are not durable yet
   */
  closing(
    end: RunEnd,
    pieces: readonly Piece[] = [],
    options?: StoreOptions,
  ): Promise<CommitPart> {
    return this.#exclusive(() => this.#closing(end, pieces, options));
  }

  /**
   * Ends the response without a state to continue from.
   *
   * @param pieces the last ones, if some are not durable yet
   */
  close(
    end: RunEnd,
    pieces: readonly Piece[] = [],
    options?: StoreOptions,
  ): Promise<void> {
    return this.#exclusive(async () => {
      const { checks, writes } = await this.#closing(end, pieces, options);
      const { ok } = await this.#store.commit({ checks, writes }, options);
      if (!ok) throw new LeaseLostError(this.#run.id);
    });
  }

  /**
   * Lets go, so that others need not wait for the lease to expire.
   *
   * @param paused milliseconds for which it waits for somebody to ask for it; it is taken up at once if not given
   */
  release(paused?: number, options?: StoreOptions): Promise<void> {
    return this.#exclusive(() => {
      return this.#setLease({
        ...this.#lease,
        owner: null,
        expiresAt: this.#now() + (paused ?? 0),
        paused: paused !== undefined,
      }, options);
    });
  }

  async #closing(
    end: RunEnd,
    pieces: readonly Piece[],
    options: StoreOptions | undefined,
  ): Promise<CommitPart> {
    await this.#settle(options);
    const { id, conversation, parent, reserved } = this.#run;
    const answered = end.type === "end";
    const head = conversation === null ? { checks: [], writes: [] } : await closeHead(
      this.#store,
      this.tenant,
      conversation,
      id,
      parent,
      answered,
      end.at,
      options,
    );
    const log = logWrites(this.tenant, id, this.#position.entries, pieces);
    const bytes = sizeOf(log).bytes - reserved;
    return {
      checks: [this.#check(), ...head.checks],
      writes: [
        ...log,
        ...chargeWrites(this.tenant, { bytes }),
        this.#runWrite({ ...this.#run, end }),
        { key: leaseKey(this.tenant, id), delete: true },
        ...head.writes,
      ],
    };
  }

  async #setLease(lease: Lease, options: StoreOptions | undefined): Promise<void> {
    const key = leaseKey(this.tenant, this.#run.id);
    await this.#settle(options);
    this.#doubtful = true;
    await this.#commit([{ key, value: encodeRecord(leaseSchema, lease) }], options);
    await this.#settle(options);
  }

  /** Looks which lease there is, if that is not known. */
  async #settle(options: StoreOptions | undefined): Promise<void> {
    if (!this.#doubtful) return;
    const { id } = this.#run;
    const entry = await this.#store.get(leaseKey(this.tenant, id), options);
    const lease = entry && decodeRecord(leaseSchema, entry.value, id);
    if (entry === undefined || lease?.epoch !== this.epoch) throw new LeaseLostError(id);
    this.#lease = lease;
    this.#version = entry.version;
    this.#doubtful = false;
  }

  async #commit(writes: readonly Write[], options: StoreOptions | undefined): Promise<void> {
    const { ok } = await this.#store.commit({ checks: [this.#check()], writes }, options);
    if (!ok) throw new LeaseLostError(this.#run.id);
  }

  #check() {
    return { key: leaseKey(this.tenant, this.#run.id), version: this.#version };
  }

  #runWrite(run: Run): Write {
    return { key: runKey(this.tenant, run.id), value: encodeRecord(runSchema, run) };
  }

  #exclusive<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#last.then(operation);
    this.#last = result.catch(() => {});
    return result;
  }
}

/** What new entries of a log count for. */
function sizeOf(writes: readonly { readonly value: Uint8Array }[]): { readonly bytes: number } {
  return { bytes: writes.reduce((sum, { value }) => sum + value.length, 0) };
}
