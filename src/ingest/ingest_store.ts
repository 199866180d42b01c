import { type FoundHead, type Head, headWrites, readHead } from "../conversation/head.ts";
import { pendingItems } from "../conversation/items.ts";
import { commitWithin, type QuotaParts, RECORD_BYTES, UNLIMITED } from "../limits/quota.ts";
import { ConversationBusyError, IngestOffsetError, LeaseLostError } from "../records/errors.ts";
import { headKey, ingestKey } from "../records/keys.ts";
import { LeaseClock } from "../records/lease_clock.ts";
import { encodeRecord } from "../records/record.ts";
import type { StoreOptions } from "../store/kv_store.ts";
import type { Item } from "../tree/transcript.ts";
import { cancelIngest } from "./cancel_ingest.ts";
import { HeldIngest } from "./held_ingest.ts";
import { findIngest, type FoundIngest, type Ingest, ingestSchema, NO_PROGRESS } from "./ingest.ts";

/** Options of {@linkcode IngestStore}. */
export interface IngestStoreOptions extends QuotaParts {
  /** The unique id of this instance. */
  readonly owner: string;
  /** Duration of a lease, in milliseconds. */
  readonly leaseMs: number;
  /** A monotonic clock, for leases, since the clocks of servers differ. */
  readonly elapsed?: () => number;
}

/** The parameters of a new ingest. */
export interface NewIngest extends Pick<Ingest, "id" | "item" | "role" | "model"> {
  /** Size of the final state in bytes, which is reserved in the quota. */
  readonly stateBytes: number;
}

/**
 * Stores ingests, at most one per conversation.
 *
 * An ingest makes its conversation busy, like a running response: nothing else can be added meanwhile. Its record is
 * also its lease: only the holder writes, and every write checks the record's version.
 */
export class IngestStore {
  readonly #options: IngestStoreOptions;
  readonly #clock: LeaseClock;
  /** Duration of a lease, in milliseconds. */
  readonly leaseMs: number;

  constructor(options: IngestStoreOptions) {
    this.#options = options;
    this.#clock = new LeaseClock(options);
    this.leaseMs = options.leaseMs;
  }

  /**
   * The head of a conversation.
   *
   * @throws {UnknownConversationError} if the tenant has no conversation with this id
   */
  head(tenant: string, id: string, options?: StoreOptions): Promise<FoundHead> {
    return readHead(this.#options.store, tenant, id, options);
  }

  /** The items that were added to a conversation after its last response. */
  pending(tenant: string, head: Head, options?: StoreOptions): Promise<Item[]> {
    return pendingItems(this.#options.store, tenant, head, options);
  }

  /** The ingest of a conversation, if there is one. */
  async find(
    tenant: string,
    conversation: string,
    options?: StoreOptions,
  ): Promise<Ingest | undefined> {
    return (await findIngest(this.#options.store, tenant, conversation, options))?.ingest;
  }

  /** Whether an instance holds a valid lease. */
  isHeld({ id, owner, expiresAt }: Ingest): boolean {
    return owner !== null && !this.#clock.isExpired(id, expiresAt);
  }

  /**
   * Starts or resumes an ingest at a byte offset, and takes its lease. A new ingest is charged for everything that it
   * will store, so that it cannot exceed the quota at its end.
   *
   * @param fresh the parameters if it is new
   * @throws {UnknownConversationError}
   * @throws {ConversationBusyError} if another instance holds the lease, or the conversation is busy otherwise
   * @throws {IngestOffsetError} if `offset` is not the next byte
   * @throws {QuotaExceededError} if it is new and exceeds the quota
   */
  async open(
    tenant: string,
    conversation: string,
    offset: number,
    fresh: NewIngest,
    options?: StoreOptions,
  ): Promise<HeldIngest> {
    const found = await findIngest(this.#options.store, tenant, conversation, options);
    return found === undefined
      ? await this.#begin(tenant, conversation, offset, fresh, options)
      : await this.#take(tenant, found, offset, options);
  }

  /**
   * Cancels an ingest, whoever holds its lease. The conversation is left as it was before the ingest.
   *
   * @throws {UnknownIngestError} if the conversation has no ingest
   */
  async cancel(tenant: string, conversation: string, options?: StoreOptions): Promise<void> {
    await cancelIngest(this.#options.store, tenant, conversation, () => true, options);
  }

  async #begin(
    tenant: string,
    conversation: string,
    offset: number,
    { stateBytes, ...fresh }: NewIngest,
    options: StoreOptions | undefined,
  ): Promise<HeldIngest> {
    const { store, now, quotas = () => UNLIMITED } = this.#options;
    const { head, version } = await readHead(store, tenant, conversation, options);
    if (head.running !== null) throw new ConversationBusyError(conversation);
    if (offset !== 0) throw new IngestOffsetError(conversation, 0);
    const ingest: Ingest = {
      ...fresh,
      createdAt: now(),
      conversation,
      parent: head.head,
      // The response, its state and the pending items, each with a record.
      reserved: stateBytes + head.charged + 3 * RECORD_BYTES,
      ...this.#lease(1),
      progress: NO_PROGRESS,
      snapshot: null,
    };
    const to = { ...head, running: ingest.id };
    const key = ingestKey(tenant, conversation);
    const charge = { responses: 1, bytes: ingest.reserved };
    const ok = await commitWithin(store, tenant, quotas(tenant), charge, {
      checks: [{ key: headKey(tenant, conversation), version }, { key, version: undefined }],
      writes: [...headWrites(tenant, conversation, head, to), {
        key,
        value: encodeRecord(ingestSchema, ingest),
      }],
    }, options);
    if (!ok) throw new ConversationBusyError(conversation);
    return await this.#held(tenant, ingest, options);
  }

  async #take(
    tenant: string,
    { ingest, version }: FoundIngest,
    offset: number,
    options: StoreOptions | undefined,
  ): Promise<HeldIngest> {
    const { conversation, progress, epoch } = ingest;
    if (this.isHeld(ingest)) throw new ConversationBusyError(conversation);
    if (offset !== progress.offset) throw new IngestOffsetError(conversation, progress.offset);
    const taken = { ...ingest, ...this.#lease(epoch + 1) };
    const key = ingestKey(tenant, conversation);
    const { ok } = await this.#options.store.commit({
      checks: [{ key, version }],
      writes: [{ key, value: encodeRecord(ingestSchema, taken) }],
    }, options);
    if (!ok) throw new ConversationBusyError(conversation);
    return await this.#held(tenant, taken, options);
  }

  #lease(epoch: number): Pick<Ingest, "owner" | "epoch" | "expiresAt"> {
    const { owner, now } = this.#options;
    return { owner, epoch, expiresAt: now() + this.leaseMs };
  }

  async #held(
    tenant: string,
    { conversation, id, epoch, owner }: Ingest,
    options: StoreOptions | undefined,
  ): Promise<HeldIngest> {
    const { store, now } = this.#options;
    const found = await findIngest(store, tenant, conversation, options);
    const ingest = found?.ingest;
    const isOurs = ingest?.id === id && ingest.epoch === epoch && ingest.owner === owner;
    if (found === undefined || !isOurs) throw new LeaseLostError(conversation);
    return new HeldIngest({ store, now, leaseMs: this.leaseMs, tenant, ...found });
  }
}
