import { closeHead } from "../conversation/head.ts";
import type { Piece } from "../engine/generate.ts";
import { chargeWrites } from "../limits/quota.ts";
import { leaseKey, runKey } from "../records/keys.ts";
import { Lease } from "../records/lease.ts";
import { decodeRecord, encodeRecord } from "../records/record.ts";
import type { CommitPart, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import {
  leaseSchema,
  type Run,
  type RunEnd,
  type RunLease,
  runSchema,
  type RunStart,
} from "../tree/run.ts";
import { type LogPosition, logWrites } from "./run_log.ts";

/** What a {@linkcode HeldRun} is created from. */
export interface HeldRunOptions {
  readonly store: KvStore;
  readonly now: () => number;
  /** How long the lease lasts after each renewal, in milliseconds. */
  readonly leaseMs: number;
  readonly tenant: string;
  readonly run: Run;
  readonly lease: RunLease;
  /** Version of the lease record. */
  readonly version: string;
  /** Position after what the log holds already. */
  readonly position: LogPosition;
}

/**
 * A run whose {@linkcode Lease} this instance holds. All methods throw `LeaseLostError` once another instance has taken
 * it, or the response was cancelled or deleted. They may be called at any time, and run one after the other.
 */
export class HeldRun {
  readonly tenant: string;
  readonly epoch: number;
  readonly #store: KvStore;
  readonly #now: () => number;
  readonly #leaseMs: number;
  readonly #lease: Lease<RunLease>;
  #run: Run;
  #position: LogPosition;

  constructor({ store, now, leaseMs, tenant, run, lease, version, position }: HeldRunOptions) {
    this.tenant = tenant;
    this.epoch = lease.epoch;
    this.#store = store;
    this.#now = now;
    this.#leaseMs = leaseMs;
    this.#run = run;
    this.#position = position;
    this.#lease = new Lease({
      store,
      key: leaseKey(tenant, run.id),
      name: run.id,
      encode: (record) => encodeRecord(leaseSchema, record),
      decode: (value) => decodeRecord(leaseSchema, value, run.id),
      isOwn: (found, own) => found.epoch === own.epoch && found.owner === own.owner,
      record: lease,
      version,
    });
  }

  /** The run record. */
  get run(): Run {
    return this.#run;
  }

  /** How much of the answer is durable. */
  get position(): LogPosition {
    return this.#position;
  }

  /** Renews the lease. */
  renew(options?: StoreOptions): Promise<void> {
    const expiresAt = () => this.#now() + this.#leaseMs;
    return this.#lease.exclusive(() =>
      this.#lease.write((lease) => ({ ...lease, expiresAt: expiresAt() }), [], options)
    );
  }

  /** Records where generation of the answer begins. */
  begin(start: RunStart, options?: StoreOptions): Promise<void> {
    return this.#lease.exclusive(async () => {
      const run = { ...this.#run, start };
      await this.#lease.commit([this.#runWrite(run)], options);
      this.#run = run;
    });
  }

  /** Appends pieces to the log. They are durable once the promise resolves. */
  append(pieces: readonly Piece[], options?: StoreOptions): Promise<void> {
    return this.#lease.exclusive(async () => {
      const { entries } = this.#position;
      const writes = logWrites(this.tenant, this.#run.id, entries, pieces);
      const charge = chargeWrites(this.tenant, sizeOf(writes));
      await this.#lease.commit([...writes, ...charge], options);
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
    return this.#lease.exclusive(() => this.#closing(end, pieces, options));
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
    return this.#lease.exclusive(async () => {
      const { checks, writes } = await this.#closing(end, pieces, options);
      const { ok } = await this.#store.commit({ checks, writes }, options);
      if (!ok) throw this.#lease.lost();
    });
  }

  /**
   * Releases the lease, so that others need not wait for it to expire.
   *
   * @param paused milliseconds for which it stays paused until somebody asks for it; absent: it is taken over at once
   */
  release(paused?: number, options?: StoreOptions): Promise<void> {
    const free = (lease: RunLease): RunLease => ({
      ...lease,
      owner: null,
      expiresAt: this.#now() + (paused ?? 0),
      paused: paused !== undefined,
    });
    return this.#lease.exclusive(() => this.#lease.write(free, [], options));
  }

  async #closing(
    end: RunEnd,
    pieces: readonly Piece[],
    options: StoreOptions | undefined,
  ): Promise<CommitPart> {
    const check = await this.#lease.check(options);
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
      checks: [check, ...head.checks],
      writes: [
        ...log,
        ...chargeWrites(this.tenant, { bytes }),
        // The run has ended, so nobody resumes it.
        this.#runWrite({
          ...this.#run,
          start: null,
          end,
          entries: this.#position.entries + log.length,
        }),
        { key: leaseKey(this.tenant, id), delete: true },
        ...head.writes,
      ],
    };
  }

  #runWrite(run: Run): Write {
    return { key: runKey(this.tenant, run.id), value: encodeRecord(runSchema, run) };
  }
}

/** Bytes that new entries of a log count towards the quota. */
function sizeOf(writes: readonly { readonly value: Uint8Array }[]): { readonly bytes: number } {
  return { bytes: writes.reduce((sum, { value }) => sum + value.length, 0) };
}
