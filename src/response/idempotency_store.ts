import { z } from "zod";
import { readBlob, splitBlob, storedBlobSchema } from "../records/blob.ts";
import { sha256, toText } from "../records/digest.ts";
import { LeaseLostError } from "../records/errors.ts";
import { newBlobId } from "../records/ids.ts";
import { idempotencyKey } from "../records/keys.ts";
import { LeaseClock } from "../records/lease_clock.ts";
import { decodeRecord, encodeRecord } from "../records/record.ts";
import type { KvStore, StoreOptions, Write } from "../store/kv_store.ts";

/** How long results are kept, in milliseconds: one day. */
const KEPT_MS = 24 * 60 * 60_000;

/** The most chunks of a reply in one commit. */
const CHUNKS_PER_COMMIT = 10;

const recordSchema = z.object({
  /** Hash of the whole request except its body. */
  request: z.string(),
  /** Hash of the body; `null` until it has been read to its end. */
  body: z.string().nullable(),
  /** Suffix of the ids that the request creates; a retry uses it again. */
  id: z.string(),
  /** The claim: who answers the request, and when the claim expires unless renewed, in milliseconds since the epoch. */
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
    /** A stored response, which can be replayed from its beginning. */
    z.object({ type: z.literal("response"), id: z.string() }),
  ]).nullable(),
});

type IdempotencyRecord = z.infer<typeof recordSchema>;

/** The record found under a request's key. */
export interface FoundRequest {
  readonly record: IdempotencyRecord;
  readonly version: string;
  /** Whether another request with this key is being answered now. */
  readonly running: boolean;
}

/** A stored reply, to be sent again. */
export interface KeptReply {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Options of an {@linkcode IdempotencyStore}. */
export interface IdempotencyStoreOptions {
  readonly store: KvStore;
  /** The current time in milliseconds since the epoch. */
  readonly now: () => number;
  /** Unique name of this instance. */
  readonly owner: string;
  /** How long a claim lasts after each renewal, in milliseconds. */
  readonly leaseMs: number;
  /** Decides whether claims of machines with other clocks have expired. */
  readonly elapsed?: () => number;
}

/**
 * Requests with an `Idempotency-Key`, each answered once across all servers. The first request to claim a key answers
 * it; a claim that is not renewed expires, and another request may take it. Results expire after a day.
 */
export class IdempotencyStore {
  readonly #options: IdempotencyStoreOptions;
  readonly #clock: LeaseClock;
  /** Resolve once the outcome of each claim is written. */
  readonly #open = new Set<Promise<void>>();

  constructor(options: IdempotencyStoreOptions) {
    this.#options = options;
    this.#clock = new LeaseClock(options);
  }

  /** How long a claim lasts after each renewal, in milliseconds. */
  get leaseMs(): number {
    return this.#options.leaseMs;
  }

  /** The record of a tenant's key. */
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
   * @param found an earlier request with this key whose claim has expired
   * @param id suffix of the ids to create, unless there was an earlier request
   * @returns `undefined` if another request claimed it first
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
      // Tells apart two claims of the same instance.
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

  /** Waits until the outcomes of all claims made here are written. */
  async settled(): Promise<void> {
    await Promise.all(this.#open);
  }

  /** Reads a stored reply. */
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

/**
 * The exclusive right to answer a request. Methods throw {@linkcode LeaseLostError} once another request has taken it.
 */
export class Claim {
  /** Suffix of the ids that the request creates: 48 hexadecimal digits. */
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

  /** Resolves once writing the outcome was attempted. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Renews the claim. */
  renew(): Promise<void> {
    const { now, leaseMs } = this.#options;
    return this.#write(() => ({ ...this.#record, expiresAt: now() + leaseMs }));
  }

  /**
   * Stores the reply.
   *
   * @param body hash of the request's body, if it was not known before
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

  /** Records that the request created a stored response, which is its result from now on. */
  made(response: string): Promise<void> {
    const result = { type: "response" as const, id: response };
    return this.#write(() => ({ ...this.#record, result })).finally(this.#ended.resolve);
  }

  /** Releases the claim, so that a retry can begin at once and find what this attempt may have created. */
  abandon(): Promise<void> {
    return this.#write(() => ({ ...this.#record, expiresAt: 0 })).finally(this.#ended.resolve);
  }

  /** Deletes the record: the next request with this key is answered anew. */
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

  /** The version of the record, if the claim is still ours. */
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
