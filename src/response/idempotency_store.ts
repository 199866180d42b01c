import { z } from "zod";
import type { KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { readBlob, splitBlob, storedBlobSchema } from "../records/blob.ts";
import { sha256, toText } from "../records/digest.ts";
import { LeaseLostError } from "../records/errors.ts";
import { idempotencyKey } from "../records/keys.ts";
import { LeaseClock } from "../records/lease_clock.ts";
import { newBlobId } from "../records/new_blob_id.ts";
import { decodeRecord, encodeRecord } from "../records/record.ts";

/** How long the result of a request is kept, in milliseconds: a day. */
const KEPT_MS = 24 * 60 * 60_000;

/** Chunks of a reply in one commit. */
const CHUNKS_PER_COMMIT = 10;

const recordSchema = z.object({
  /** Names all of the request but its body. */
  request: z.string(),
  /** Names the body. `null` while it has not been read to its end. */
  body: z.string().nullable(),
  /** What is made of the request is called after this, whoever makes it. */
  id: z.string(),
  /** Who answers the request, until when if it gives no more signs of life: milliseconds since the epoch. */
  owner: z.string(),
  expiresAt: z.number(),
  /** `null` while the request is being answered. */
  result: z.discriminatedUnion("type", [
    z.object({
      type: z.literal("reply"),
      status: z.int(),
      headers: z.array(z.tuple([z.string(), z.string()])),
      body: storedBlobSchema,
    }),
    /** A stored response, which can be shown again from its beginning. */
    z.object({ type: z.literal("response"), id: z.string() }),
  ]).nullable(),
});

type IdempotencyRecord = z.infer<typeof recordSchema>;

/** A request as it was found under its key. */
export interface FoundRequest {
  readonly record: IdempotencyRecord;
  readonly version: string;
  /** Whether somebody answers it now. */
  readonly running: boolean;
}

/** A reply that is given again. */
export interface KeptReply {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What an {@linkcode IdempotencyStore} is made of. */
export interface IdempotencyStoreOptions {
  readonly store: KvStore;
  /** The time, milliseconds since the epoch. */
  readonly now: () => number;
  /** Names this instance, as no other. */
  readonly owner: string;
  /** How long a claim holds after it was renewed. */
  readonly leaseMs: number;
  /** A clock that is never set, for claims of machines whose clocks differ. */
  readonly elapsed?: () => number;
}

/**
 * Requests that their clients gave a key, so that each is answered once, on whichever server. The first to claim a key
 * answers; a claim that is not renewed expires, and another may take it. Results are kept for a day, and go by themselves.
 */
export class IdempotencyStore {
  readonly #options: IdempotencyStoreOptions;
  readonly #clock: LeaseClock;
  /** Resolve when what came of a claim is written. */
  readonly #open = new Set<Promise<void>>();

  constructor(options: IdempotencyStoreOptions) {
    this.#options = options;
    this.#clock = new LeaseClock(options);
  }

  /** How long a claim holds after it was renewed. */
  get leaseMs(): number {
    return this.#options.leaseMs;
  }

  /** The request that a tenant gave a key. */
  async find(
    tenant: string,
    key: string,
    options?: StoreOptions,
  ): Promise<FoundRequest | undefined> {
    const { store } = this.#options;
    const name = await this.#key(tenant, key);
    const entry = await store.get(name, options);
    if (entry === undefined) return undefined;
    const record = decodeRecord(recordSchema, entry.value, "a request with a key");
    const running = record.result === null &&
      !this.#clock.isExpired(JSON.stringify(name), record.expiresAt);
    return { record, version: entry.version, running };
  }

  /**
   * Claims a key.
   *
   * @param found an earlier request of this key, which nobody answers any more
   * @param id what is made is to be called after, unless there was an earlier request
   * @returns `undefined` if another was faster
   */
  async claim(
    tenant: string,
    key: string,
    request: Pick<IdempotencyRecord, "request" | "body" | "id">,
    found: FoundRequest | undefined,
    options?: StoreOptions,
  ): Promise<Claim | undefined> {
    const { store, owner, now, leaseMs } = this.#options;
    const name = await this.#key(tenant, key);
    const record: IdempotencyRecord = {
      ...request,
      id: found?.record.id ?? request.id,
      // One that was claimed before by the same instance is another claim.
      owner: `${owner}/${newBlobId()}`,
      expiresAt: now() + leaseMs,
      result: null,
    };
    const value = encodeRecord(recordSchema, record);
    const { ok } = await store.commit({
      checks: [{ key: name, version: found?.version }],
      writes: [{ key: name, value, expireIn: KEPT_MS }],
    }, options);
    if (!ok) return undefined;
    const claim = new Claim(this.#options, tenant, name, record);
    const ended = claim.ended.then(() => void this.#open.delete(ended));
    this.#open.add(ended);
    return claim;
  }

  /** Waits until it is written what came of all that was claimed here. */
  async settled(): Promise<void> {
    await Promise.all(this.#open);
  }

  /** A reply that is to be given again. */
  async reply(
    tenant: string,
    { status, headers, body }: Extract<IdempotencyRecord["result"], { type: "reply" }>,
    options?: StoreOptions,
  ): Promise<KeptReply> {
    return { status, headers, body: await readBlob(this.#options.store, tenant, body, options) };
  }

  async #key(tenant: string, key: string) {
    return idempotencyKey(tenant, toText(await sha256(new TextEncoder().encode(key))));
  }
}

/** The right to answer a request. Methods throw {@linkcode LeaseLostError} once another has it. */
export class Claim {
  /** What is made of the request is called after this: 48 hexadecimal digits. */
  readonly id: string;
  readonly #options: IdempotencyStoreOptions;
  readonly #tenant: string;
  readonly #key: ReturnType<typeof idempotencyKey>;
  #record: IdempotencyRecord;
  #last: Promise<unknown> = Promise.resolve();
  readonly #ended = Promise.withResolvers<void>();

  constructor(
    options: IdempotencyStoreOptions,
    tenant: string,
    key: ReturnType<typeof idempotencyKey>,
    record: IdempotencyRecord,
  ) {
    this.#options = options;
    this.#tenant = tenant;
    this.#key = key;
    this.#record = record;
    this.id = record.id;
  }

  /** Resolves when it was tried to write what came of it. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Holds the claim for longer. */
  renew(): Promise<void> {
    const { now, leaseMs } = this.#options;
    return this.#write(() => ({ ...this.#record, expiresAt: now() + leaseMs }));
  }

  /**
   * Keeps the reply.
   *
   * @param body names the request's body, if that was not known before
   */
  finish(reply: KeptReply, body?: string): Promise<void> {
    return this.#finish(reply, body).finally(this.#ended.resolve);
  }

  async #finish({ status, headers, body: bytes }: KeptReply, body?: string): Promise<void> {
    const { store } = this.#options;
    const { blob, writes } = await splitBlob(this.#tenant, newBlobId(), bytes);
    const chunks = writes.map((write): Write => ({ ...write, expireIn: KEPT_MS }));
    while (chunks.length > 0) await store.commit({ writes: chunks.splice(0, CHUNKS_PER_COMMIT) });
    const result = {
      type: "reply" as const,
      status,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      body: blob,
    };
    await this.#write(() => ({ ...this.#record, body: body ?? this.#record.body, result }));
  }

  /** Says that the request made a stored response, which is its result from now on. */
  made(response: string): Promise<void> {
    const result = { type: "response" as const, id: response };
    return this.#write(() => ({ ...this.#record, result })).finally(this.#ended.resolve);
  }

  /** Lets the next attempt at the request begin at once, and find what this one may have made. */
  abandon(): Promise<void> {
    return this.#write(() => ({ ...this.#record, expiresAt: 0 })).finally(this.#ended.resolve);
  }

  /** Forgets the request: the next one of this key is answered anew. */
  release(): Promise<void> {
    return this.#exclusive(async () => {
      const { store } = this.#options;
      const version = await this.#version();
      await store.commit({
        checks: [{ key: this.#key, version }],
        writes: [{ key: this.#key, delete: true }],
      });
    }).finally(this.#ended.resolve);
  }

  #write(change: () => IdempotencyRecord): Promise<void> {
    return this.#exclusive(async () => {
      const record = change();
      const { ok } = await this.#options.store.commit({
        checks: [{ key: this.#key, version: await this.#version() }],
        writes: [{
          key: this.#key,
          value: encodeRecord(recordSchema, record),
          expireIn: KEPT_MS,
        }],
      });
      if (!ok) throw new LeaseLostError("a request with a key");
      this.#record = record;
    });
  }

  /** The version of the record, if it is still ours. */
  async #version(): Promise<string> {
    const entry = await this.#options.store.get(this.#key);
    const record = entry && decodeRecord(recordSchema, entry.value, "a request with a key");
    if (entry === undefined || record?.owner !== this.#record.owner) {
      throw new LeaseLostError("a request with a key");
    }
    return entry.version;
  }

  #exclusive<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#last.then(operation);
    this.#last = result.catch(() => {});
    return result;
  }
}
