import { closeHead } from "../conversation/head.ts";
import { chargeWrites, RECORD_BYTES } from "../limits/quota.ts";
import { splitBlob, sweepNote } from "../records/blob.ts";
import { newBlobId } from "../records/ids.ts";
import { ingestKey, manifestKey, runKey } from "../records/keys.ts";
import { Lease } from "../records/lease.ts";
import { decodeRecord, encodeJson, encodeRecord } from "../records/record.ts";
import { encodeState } from "../state/codec.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { CommitPart, KvStore, StoreOptions } from "../store/kv_store.ts";
import { type Run, type RunEnd, runSchema } from "../tree/run.ts";
import { manifestSchema } from "../tree/snapshot.ts";
import {
  endWrites,
  type Ingest,
  type IngestProgress,
  ingestSchema,
  snapshotName,
} from "./ingest.ts";

/** Maximum number of chunks per commit, with room left for records. */
const CHUNKS_PER_COMMIT = 10;

/** Options of {@linkcode HeldIngest}. */
export interface HeldIngestOptions {
  readonly store: KvStore;
  readonly now: () => number;
  readonly leaseMs: number;
  readonly tenant: string;
  readonly ingest: Ingest;
  /** The version of the record. */
  readonly version: string;
}

/**
 * An ingest whose {@linkcode Lease} this instance holds. All methods throw `LeaseLostError` once another instance has
 * taken it over or it was cancelled. Concurrent calls are serialised.
 */
export class HeldIngest {
  readonly tenant: string;
  readonly #options: HeldIngestOptions;
  readonly #lease: Lease<Ingest>;

  constructor(options: HeldIngestOptions) {
    const { store, tenant, ingest, version } = options;
    const { conversation } = ingest;
    this.tenant = tenant;
    this.#options = options;
    this.#lease = new Lease({
      store,
      key: ingestKey(tenant, conversation),
      name: conversation,
      encode: (record) => encodeRecord(ingestSchema, record),
      decode: (value) => decodeRecord(ingestSchema, value, conversation),
      // The id distinguishes it from the conversation's next ingest.
      isOwn: (found, own) =>
        found.id === own.id && found.epoch === own.epoch && found.owner === own.owner,
      record: ingest,
      version,
    });
  }

  /** The durable record. */
  get ingest(): Ingest {
    return this.#lease.record;
  }

  /** Renews the lease. */
  renew(options?: StoreOptions): Promise<void> {
    const { now, leaseMs } = this.#options;
    return this.#lease.exclusive(() =>
      this.#lease.write((ingest) => ({ ...ingest, expiresAt: now() + leaseMs }), [], options)
    );
  }

  /** Releases the lease, so that any instance may continue. */
  release(options?: StoreOptions): Promise<void> {
    return this.#lease.exclusive(() =>
      this.#lease.write((ingest) => ({ ...ingest, owner: null }), [], options)
    );
  }

  /**
   * Persists the progress and the state. Replaces the previous checkpoint.
   *
   * @param state the state at this progress
   */
  checkpoint(
    progress: IngestProgress,
    state: RecurrentState,
    modelFingerprint: string,
    options?: StoreOptions,
  ): Promise<void> {
    return this.#lease.exclusive(async () => {
      const { now, leaseMs } = this.#options;
      // Refreshes the record, for its snapshot.
      await this.#lease.check(options);
      // Not the place of the previous snapshot, which stays valid until this one is complete.
      const place = this.ingest.snapshot?.place === 0 ? 1 : 0;
      const name = snapshotName(this.ingest, place);
      const encoded = await encodeState(state, { modelFingerprint, precision: "f32" });
      const { blob, writes } = await splitBlob(this.tenant, name, encoded);
      const chunks = [...writes];
      while (chunks.length > CHUNKS_PER_COMMIT) {
        await this.#lease.commit(chunks.splice(0, CHUNKS_PER_COMMIT), options);
      }
      const next = (ingest: Ingest): Ingest => ({
        ...ingest,
        expiresAt: now() + leaseMs,
        progress,
        snapshot: { place, chunks: blob.chunks.length },
      });
      await this.#lease.write(next, [...chunks, {
        key: manifestKey(this.tenant, name),
        value: encodeRecord(manifestSchema, { tokens: progress.tokens, state: blob, charged: 0 }),
      }], options);
    });
  }

  /**
   * The part of a commit that completes the ingest: it becomes a response, which the conversation continues from.
   *
   * @param end the end of that response
   * @param request the stored request of that response: any JSON
   */
  closing(end: RunEnd, request: unknown, options?: StoreOptions): Promise<CommitPart> {
    return this.#lease.exclusive(async () => {
      const { store } = this.#options;
      const check = await this.#lease.check(options);
      const { id, conversation, parent, createdAt, reserved: before } = this.ingest;
      const head = await closeHead(
        store,
        this.tenant,
        conversation,
        id,
        parent,
        true,
        end.at,
        options,
      );
      const bytes = encodeJson(request);
      const { blob, writes } = await splitBlob(this.tenant, newBlobId(), bytes);
      const charged = blob.bytes + RECORD_BYTES;
      const run: Run = {
        id,
        createdAt,
        parent,
        conversation,
        request: blob,
        charged,
        reserved: 0,
        leaving: "continue",
        start: null,
        end,
      };
      return {
        checks: [check, ...head.checks],
        writes: [
          ...head.writes,
          ...writes,
          { key: runKey(this.tenant, id), value: encodeRecord(runSchema, run) },
          ...endWrites(this.tenant, this.ingest),
          // The ingest already counts as a response.
          ...chargeWrites(this.tenant, { bytes: charged - before }),
        ],
      };
    });
  }

  /** Deletes the snapshots after the ingest has ended. */
  async clear(options?: StoreOptions): Promise<void> {
    await sweepNote(this.#options.store, this.tenant, snapshotName(this.ingest, 0), options);
  }
}
