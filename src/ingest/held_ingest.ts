import { encodeState } from "../state/codec.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { Check, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { splitBlob } from "../records/blob.ts";
import type { CommitPart } from "../records/commit_part.ts";
import { LeaseLostError } from "../records/errors.ts";
import { closeHead } from "../conversation/head.ts";
import { ingestKey, manifestKey, runKey } from "../records/keys.ts";
import { newBlobId } from "../records/new_blob_id.ts";
import { decodeRecord, encodeRecord } from "../records/record.ts";
import { manifestSchema } from "../tree/snapshot.ts";
import { type Run, type RunEnd, runSchema } from "../tree/run.ts";
import { sweepNote } from "../records/staged_chunks.ts";
import { chargeWrites, RECORD_BYTES } from "../limits/enforce_quota.ts";
import { endWrites } from "./end_writes.ts";
import { type Ingest, type IngestProgress, ingestSchema, snapshotName } from "./ingest.ts";

/** Chunks in one commit: with room beside them for records. */
const CHUNKS_PER_COMMIT = 10;

/** What a {@linkcode HeldIngest} begins with. */
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
 * A text that this instance reads into a conversation: it holds the lease.
 *
 * Every change is a commit that asks for the very record that was read last. So once another instance has taken it, or
 * it was cancelled, nothing that this one writes has any effect: all methods throw {@linkcode LeaseLostError} then.
 * They may be called at any time, and are done one after the other.
 */
export class HeldIngest {
  readonly tenant: string;
  readonly #options: HeldIngestOptions;
  #ingest: Ingest;
  #version: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: HeldIngestOptions) {
    this.tenant = options.tenant;
    this.#options = options;
    this.#ingest = options.ingest;
    this.#version = options.version;
  }

  /** What is known of the text, and durable. */
  get ingest(): Ingest {
    return this.#ingest;
  }

  /** Holds the lease for longer. */
  renew(options?: StoreOptions): Promise<void> {
    const { now, leaseMs } = this.#options;
    return this.#exclusive(() =>
      this.#write({ ...this.#ingest, expiresAt: now() + leaseMs }, [], options)
    );
  }

  /** Lets go, for whoever brings the next byte. */
  release(options?: StoreOptions): Promise<void> {
    return this.#exclusive(() => this.#write({ ...this.#ingest, owner: null }, [], options));
  }

  /**
   * Keeps how far the reading got. When it resolves, that is durable, and what was kept before is gone.
   *
   * @param state the state that has read so far
   */
  checkpoint(
    progress: IngestProgress,
    state: RecurrentState,
    modelFingerprint: string,
    options?: StoreOptions,
  ): Promise<void> {
    return this.#exclusive(async () => {
      const { store, now, leaseMs } = this.#options;
      // The other place than that of the snapshot before, which holds until this one is complete.
      const place = this.#ingest.snapshot?.place === 0 ? 1 : 0;
      const name = snapshotName(this.#ingest, place);
      const encoded = await encodeState(state, { modelFingerprint, precision: "f32" });
      const { blob, writes } = await splitBlob(this.tenant, name, encoded);
      const chunks = [...writes];
      while (chunks.length > CHUNKS_PER_COMMIT) {
        const checks = [this.#check()];
        const { ok } = await store.commit(
          { checks, writes: chunks.splice(0, CHUNKS_PER_COMMIT) },
          options,
        );
        if (!ok) throw this.#lost();
      }
      const next: Ingest = {
        ...this.#ingest,
        expiresAt: now() + leaseMs,
        progress,
        snapshot: { place, chunks: blob.chunks.length },
      };
      await this.#write(next, [...chunks, {
        key: manifestKey(this.tenant, name),
        value: encodeRecord(manifestSchema, { tokens: progress.tokens, state: blob, charged: 0 }),
      }], options);
    });
  }

  /**
   * The part of a commit that ends the text: the conversation goes on from the response that it became.
   *
   * @param end how that ended
   * @param request what is kept of what it was made from: any JSON
   */
  closing(end: RunEnd, request: unknown, options?: StoreOptions): Promise<CommitPart> {
    return this.#exclusive(async () => {
      const { store } = this.#options;
      const { id, conversation, parent, createdAt, reserved: before } = this.#ingest;
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
      const bytes = new TextEncoder().encode(JSON.stringify(request));
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
        checks: [this.#check(), ...head.checks],
        writes: [
          ...head.writes,
          ...writes,
          { key: runKey(this.tenant, id), value: encodeRecord(runSchema, run) },
          ...endWrites(this.tenant, this.#ingest),
          // It was counted as a response from its beginning.
          ...chargeWrites(this.tenant, { bytes: charged - before }),
        ],
      };
    });
  }

  /** Takes the snapshots away that nobody needs once the text has ended. */
  async clear(options?: StoreOptions): Promise<void> {
    await sweepNote(this.#options.store, this.tenant, snapshotName(this.#ingest, 0), options);
  }

  #check(): Check {
    const key = ingestKey(this.tenant, this.#ingest.conversation);
    return { key, version: this.#version };
  }

  #lost(): LeaseLostError {
    return new LeaseLostError(this.#ingest.conversation);
  }

  async #write(
    ingest: Ingest,
    more: readonly Write[],
    options: StoreOptions | undefined,
  ): Promise<void> {
    const { store } = this.#options;
    const check = this.#check();
    const { ok } = await store.commit({
      checks: [check],
      writes: [...more, { key: check.key, value: encodeRecord(ingestSchema, ingest) }],
    }, options);
    const entry = ok ? await store.get(check.key, options) : undefined;
    if (entry === undefined) throw this.#lost();
    const { epoch } = decodeRecord(ingestSchema, entry.value, ingest.conversation);
    if (epoch !== ingest.epoch) throw this.#lost();
    this.#ingest = ingest;
    this.#version = entry.version;
  }

  #exclusive<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#last.then(operation);
    this.#last = result.catch(() => {});
    return result;
  }
}
