import { z } from "zod";
import { conversationBytes } from "../conversation/conversation_record.ts";
import {
  chargeWrites,
  commitWithin,
  type QuotaParts,
  type Quotas,
  requireRoom,
  UNLIMITED,
} from "../limits/quota.ts";
import {
  abandonWrite,
  readBlob,
  splitBlob,
  stageChunks,
  storedBlobSchema,
  sweepNote,
} from "../records/blob.ts";
import {
  CorruptSnapshotError,
  ResponseConflictError,
  UnknownCompletionError,
} from "../records/errors.ts";
import { newBlobId } from "../records/ids.ts";
import { jsonRecord } from "../records/json_record.ts";
import {
  bornKey,
  completionKey,
  completionTimeKey,
  completionTimes,
  type Order,
} from "../records/keys.ts";
import { decodeJson, decodeRecord, encodeJson, encodeRecord } from "../records/record.ts";
import type { KvStore, StoreOptions, Write } from "../store/kv_store.ts";

/** The record of a stored chat completion. Its messages may exceed the size of a value, so they are a blob. */
export const completionSchema = z.object({
  id: z.string(),
  /** Created at, in milliseconds since the epoch. */
  createdAt: z.number(),
  model: z.string(),
  metadata: jsonRecord(z.string(), z.string()),
  body: storedBlobSchema,
  /** Bytes that it counts towards the quota. */
  charged: z.int().nonnegative().default(0),
});

/** What the record holds of a stored chat completion, without its body. */
export type CompletionRecord = z.infer<typeof completionSchema>;

/** A chat completion to be stored. */
export interface NewCompletion {
  readonly id: string;
  /** Created at, in milliseconds since the epoch. */
  readonly createdAt: number;
  readonly model: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** The body to store: any JSON. */
  readonly body: unknown;
}

/** A query for stored chat completions. */
export interface CompletionQuery {
  readonly order: Order;
  readonly limit: number;
  /** Cursor: the completion after which the page begins. */
  readonly after?: string | undefined;
  readonly model?: string | undefined;
  /** Metadata pairs that must match. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The form of ids that the API creates. */
const PATTERN = /^chatcmpl-[0-9a-f]{48}$/;

/** Records read at once. */
const BATCH = 64;

/** Chat completions with `store: true`. They are never continued: each stands alone until it is deleted. */
export class CompletionStore {
  readonly #store: KvStore;
  readonly #now: () => number;
  readonly #quotas: Quotas;

  constructor({ store, now, quotas = () => UNLIMITED }: QuotaParts) {
    this.#store = store;
    this.#now = now;
    this.#quotas = quotas;
  }

  /**
   * Stores a chat completion. It is durable once the promise resolves.
   *
   * @throws {QuotaExceededError} if the tenant's quota is exceeded.
   */
  async create(
    tenant: string,
    { body, metadata, ...rest }: NewCompletion,
    options?: StoreOptions,
  ): Promise<void> {
    const { id, createdAt } = rest;
    if (!PATTERN.test(id)) {
      throw new RangeError(`${id} does not have the form of a completion's id`);
    }
    const split = await splitBlob(tenant, newBlobId(), toJson(body));
    const staged = await stageChunks(this.#store, tenant, [split], this.#now(), options);
    const charged = conversationBytes(metadata) + split.blob.bytes;
    const record = { ...rest, metadata: { ...metadata }, body: split.blob, charged };
    const key = completionKey(tenant, id);
    const quota = this.#quotas(tenant);
    const ok = await commitWithin(this.#store, tenant, quota, { bytes: charged }, {
      checks: [{ key, version: undefined }, ...staged.checks],
      writes: [
        ...staged.writes,
        { key, value: encodeRecord(completionSchema, record) },
        ...[
          ...timeKeys(tenant, createdAt, id),
          bornKey(tenant, createdAt, "completion", id),
        ].map((key) => ({ key, value: new Uint8Array() })),
      ],
    }, options);
    if (!ok) throw new ResponseConflictError(id);
  }

  /** Whether a chat completion is stored under this id. */
  async has(tenant: string, id: string, options?: StoreOptions): Promise<boolean> {
    return await this.#store.get(completionKey(tenant, id), options) !== undefined;
  }

  /**
   * Checks the quota before a chat completion is generated, with the bytes known by then.
   *
   * @throws {QuotaExceededError}
   */
  async requireRoom(
    tenant: string,
    { body, metadata }: Pick<NewCompletion, "body" | "metadata">,
    options?: StoreOptions,
  ): Promise<void> {
    const bytes = conversationBytes(metadata) + toJson(body).length;
    await requireRoom(this.#store, tenant, this.#quotas(tenant), { bytes }, options);
  }

  /**
   * A stored chat completion with its body.
   *
   * @throws {UnknownCompletionError}
   * @throws {CorruptSnapshotError} if it cannot be read.
   */
  async get(
    tenant: string,
    id: string,
    options?: StoreOptions,
  ): Promise<CompletionRecord & { readonly content: unknown }> {
    const { record } = await this.#find(tenant, id, options);
    return { ...record, content: await this.content(tenant, record, options) };
  }

  /** The body of a stored chat completion. @throws {CorruptSnapshotError} if it cannot be read. */
  async content(
    tenant: string,
    { id, body }: CompletionRecord,
    options?: StoreOptions,
  ): Promise<unknown> {
    const bytes = await readBlob(this.#store, tenant, body, options);
    try {
      return decodeJson(bytes);
    } catch (cause) {
      throw new CorruptSnapshotError(id, "it cannot be read", { cause });
    }
  }

  /**
   * One page of the stored chat completions of a tenant that match a query, and whether there are more.
   *
   * @throws {UnknownCompletionError} if the cursor is not stored.
   */
  async list(
    tenant: string,
    { order, limit, after, model, metadata }: CompletionQuery,
    options?: StoreOptions,
  ): Promise<{ readonly found: readonly CompletionRecord[]; readonly more: boolean }> {
    const fits = (record: CompletionRecord) =>
      (model === undefined || record.model === model) &&
      Object.entries(metadata).every(([key, value]) => record.metadata[key] === value);
    const found: CompletionRecord[] = [];
    for await (const record of this.#records(tenant, order, after, options)) {
      if (!fits(record)) continue;
      if (found.length === limit) return { found, more: true };
      found.push(record);
    }
    return { found, more: false };
  }

  /**
   * Replaces the metadata of a stored chat completion.
   *
   * @throws {UnknownCompletionError}
   * @throws {QuotaExceededError} if the tenant's quota is exceeded.
   */
  async update(
    tenant: string,
    id: string,
    metadata: Readonly<Record<string, string>>,
    options?: StoreOptions,
  ): Promise<void> {
    for (;;) {
      const { record, check } = await this.#find(tenant, id, options);
      const more = conversationBytes(metadata) - conversationBytes(record.metadata);
      const bytes = record.charged === 0 ? 0 : more;
      const charged = record.charged + bytes;
      const changed = { ...record, metadata: { ...metadata }, charged };
      const value = encodeRecord(completionSchema, changed);
      const quota = this.#quotas(tenant);
      const ok = await commitWithin(this.#store, tenant, quota, { bytes }, {
        checks: [check],
        writes: [{ key: check.key, value }],
      }, options);
      if (ok) return;
    }
  }

  /**
   * Deletes a stored chat completion, and frees its bytes.
   *
   * @throws {UnknownCompletionError}
   */
  async delete(tenant: string, id: string, options?: StoreOptions): Promise<void> {
    for (;;) {
      const { record, check } = await this.#find(tenant, id, options);
      const { body } = record;
      const gone = [
        check.key,
        ...timeKeys(tenant, record.createdAt, id),
        bornKey(tenant, record.createdAt, "completion", id),
      ];
      const { ok } = await this.#store.commit({
        checks: [check],
        writes: [
          ...gone.map((key): Write => ({ key, delete: true })),
          // If this process ends before it sweeps the chunks, another process does.
          abandonWrite(tenant, body.id, [{ id: body.id, chunks: body.chunks.length }]),
          ...chargeWrites(tenant, { bytes: -record.charged }),
        ],
      }, options);
      if (!ok) continue;
      return await sweepNote(this.#store, tenant, body.id, options);
    }
  }

  async *#records(
    tenant: string,
    order: Order,
    after: string | undefined,
    options: StoreOptions | undefined,
  ): AsyncGenerator<CompletionRecord> {
    let from = after === undefined ? undefined : completionTimeKey(
      tenant,
      order,
      (await this.#find(tenant, after, options)).record.createdAt,
      after,
    );
    for (;;) {
      const ids: string[] = [];
      const page = { ...options, limit: BATCH, ...(from === undefined ? {} : { after: from }) };
      for await (const { key } of this.#store.list(completionTimes(tenant, order), page)) {
        ids.push(key.at(-1)!);
        from = key;
      }
      const keys = ids.map((id) => completionKey(tenant, id));
      for (const entry of await this.#store.getMany(keys, options)) {
        // The completion may have been deleted in the meantime.
        if (entry) yield decodeRecord(completionSchema, entry.value, entry.key.at(-1)!);
      }
      if (ids.length < BATCH) return;
    }
  }

  async #find(tenant: string, id: string, options: StoreOptions | undefined) {
    const key = completionKey(tenant, id);
    const entry = PATTERN.test(id) ? await this.#store.get(key, options) : undefined;
    if (entry === undefined) throw new UnknownCompletionError(id);
    const record = decodeRecord(completionSchema, entry.value, id);
    return { record, check: { key, version: entry.version } };
  }
}

function toJson(body: unknown): Uint8Array<ArrayBuffer> {
  return encodeJson(body);
}

function timeKeys(tenant: string, createdAt: number, id: string) {
  return (["asc", "desc"] as const).map((order) => completionTimeKey(tenant, order, createdAt, id));
}
