import type { StoreOptions } from "../store/kv_store.ts";
import { ConversationBusyError, IngestOffsetError, LeaseLostError } from "../records/errors.ts";
import { type FoundHead, type Head, headWrites, readHead } from "../conversation/head.ts";
import { pendingItems } from "../conversation/items.ts";
import { headKey, ingestKey } from "../records/keys.ts";
import { type QuotaParts, UNLIMITED } from "../limits/quota.ts";
import { LeaseClock } from "../records/lease_clock.ts";
import { encodeRecord } from "../records/record.ts";
import type { Item } from "../tree/transcript.ts";
import { commitWithin, RECORD_BYTES } from "../limits/enforce_quota.ts";
import { cancelIngest } from "./cancel_ingest.ts";
import { findIngest, type FoundIngest } from "./find_ingest.ts";
import { HeldIngest } from "./held_ingest.ts";
import { type Ingest, ingestSchema } from "./ingest.ts";

/** What an {@linkcode IngestStore} is made of. */
export interface IngestStoreOptions extends QuotaParts {
  /** Names this instance, as no other. */
  readonly owner: string;
  /** How long a lease holds after it was renewed. */
  readonly leaseMs: number;
  /** A clock that is never set, for leases of machines whose clocks differ. */
  readonly elapsed?: () => number;
}

/** What is known of a text before the first byte of it. */
export interface NewIngest extends Pick<Ingest, "id" | "item" | "role" | "progress"> {
  /** Bytes of the state that it will end with, for which there has to be room. */
  readonly stateBytes: number;
}

/**
 * Texts that are being read into conversations, one a conversation.
 *
 * A conversation waits for its text as for a response: nothing else is added meanwhile. Each has a record, which is
 * its lease as well: who holds it may write, and every write asks for the version of the record that was read last.
 */
export class IngestStore {
  readonly #options: IngestStoreOptions;
  readonly #clock: LeaseClock;
  /** How long a lease holds after it was renewed. */
  readonly leaseMs: number;

  constructor(options: IngestStoreOptions) {
    this.#options = options;
    this.#clock = new LeaseClock(options);
    this.leaseMs = options.leaseMs;
  }

  /**
   * The head of a conversation.
   *
   * @throws {UnknownConversationError} if this tenant has none of this id.
   */
  head(tenant: string, id: string, options?: StoreOptions): Promise<FoundHead> {
    return readHead(this.#options.store, tenant, id, options);
  }

  /** The items that were added to a conversation since its last response. */
  pending(tenant: string, head: Head, options?: StoreOptions): Promise<Item[]> {
    return pendingItems(this.#options.store, tenant, head, options);
  }

  /** The text that is being read into a conversation, if one is. */
  async find(
    tenant: string,
    conversation: string,
    options?: StoreOptions,
  ): Promise<Ingest | undefined> {
    return (await findIngest(this.#options.store, tenant, conversation, options))?.ingest;
  }

  /** Whether somebody reads it now. */
  isHeld({ id, owner, expiresAt }: Ingest): boolean {
    return owner !== null && !this.#clock.isExpired(id, expiresAt);
  }

  /**
   * Begins a text, or goes on with it, at a byte. From its beginning it counts for all that it will need in the store,
   * so that none is refused when it was read.
   *
   * @param fresh what it is made with if it is a new one
   * @throws {UnknownConversationError}
   * @throws {ConversationBusyError} if somebody reads it, or something else is being added to the conversation.
   * @throws {IngestOffsetError} if another byte is next.
   * @throws {QuotaExceededError} if it is a new one, and the tenant may not keep it.
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
   * Forgets a text that is being read, whoever reads it. The conversation is where it was.
   *
   * @throws {UnknownIngestError}
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
      // The response, its state, and what it has read of the conversation, each with a record.
      reserved: stateBytes + head.charged + 3 * RECORD_BYTES,
      ...this.#lease(1),
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
