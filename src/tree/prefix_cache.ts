import { z } from "zod";
import type { Quotas } from "../limits/quota.ts";
import {
  abandonWrite,
  chunkKeys,
  freeStaged,
  type SplitBlob,
  splitBlob,
  stageChunks,
} from "../records/blob.ts";
import {
  CACHED,
  cachedKey,
  cachedPrefix,
  manifestKey,
  prefixKey,
  usageKey,
} from "../records/keys.ts";
import { decodeRecord, encodeRecord } from "../records/record.ts";
import { type OnSweepError, sweepOne, tenantsOf } from "../records/sweep.ts";
import { encodeState } from "../state/codec.ts";
import type { StatePrecision } from "../state/precision.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import { counterValue } from "../store/counter.ts";
import type { Entry, Key, KvStore, StoreOptions } from "../store/kv_store.ts";
import { yieldToEventLoop } from "../stream/slices.ts";
import { toBytes } from "./logits.ts";
import { type FoundPrefix, manifestSchema } from "./snapshot.ts";

/** Where to find the snapshot of a beginning of a conversation. */
export const prefixSchema = z.object({
  manifest: z.string(),
  /** When it was used last, as it is filed. Absent if the snapshot is that of a stored response. */
  usedAt: z.number().optional(),
});

/** How much longer chunks live than the entry that leads to them, so that who has just found it can still read them. */
const GRACE_MS = 60_000;

/** Prefixes that are looked up at once. */
const PREFIXES_PER_READ = 30;

/** Parts of the time to live after which a use is noted: so much the order of use may be off. */
const TOUCHES = 100;

/** Snapshots that are looked at together to make room. */
const OLDEST_PER_READ = 8;

/** Chunks that are removed together with what leads to them. */
const CHUNKS_PER_REMOVAL = 200;

/** What a state of its own consists of, where it stands in the order of use. */
export const cachedSchema = z.object({
  /** What it is found by. */
  name: z.string(),
  bytes: z.int().nonnegative(),
  blobs: z.array(z.object({ id: z.string(), chunks: z.int().nonnegative() })),
});

/** A state that is kept because it may save work. */
export interface CachedSnapshot {
  /** What it is found by: one of {@linkcode prefixHashes}, or a {@linkcode promptName}. */
  readonly name: string;
  readonly state: RecurrentState;
  /** The scores of each possible next token, `[V]`, if an answer is to come next. */
  readonly logits?: Float32Array<ArrayBuffer>;
  /** Tokens that the state has read in all. */
  readonly tokens: number;
  readonly modelFingerprint: string;
  readonly precision: StatePrecision;
  /**
   * The response whose state it was computed from, with nothing but the words of messages, as a prompt words them. `null`:
   * the empty state. Absent: another state, or one that is not known.
   */
  readonly base?: string | null;
}

/** What a {@linkcode PrefixCache} is made of. */
export interface PrefixCacheOptions {
  readonly store: KvStore;
  /** The time, milliseconds since the epoch. */
  readonly now: () => number;
  /** Makes names for snapshots, never the same twice. */
  readonly newId: () => string;
  /** How long a snapshot is kept that nobody uses. */
  readonly ttlMs: number;
  readonly quotas: Quotas;
}

/**
 * States of beginnings of conversations, found by what was said, so that nothing is read twice.
 *
 * Each tenant has its own, bounded in bytes: the least recently used make room for new ones, and one that was not used
 * for its time to live goes. A use is noted once in a hundredth of that time. How many bytes there are is counted in
 * the commits that write and remove them, so the count is exact; several that are written at the same moment may pass
 * the bound by their own size, until the next one makes room.
 */
export class PrefixCache {
  readonly #options: PrefixCacheOptions;

  constructor(options: PrefixCacheOptions) {
    this.#options = options;
  }

  /**
   * Keeps a state. When it resolves, it is there, unless it is larger than all that the tenant may keep.
   *
   * @param again whether it takes the place of one that is there already
   */
  async file(
    tenant: string,
    snapshot: CachedSnapshot,
    again: boolean,
    options?: StoreOptions,
  ): Promise<void> {
    const { store, now, newId, ttlMs } = this.#options;
    const { name, tokens, logits, base } = snapshot;
    const before = await this.#lookUp(tenant, [name], options);
    if (!again && before[0] !== undefined) return;
    const manifest = newId();
    const state = await splitBlob(
      tenant,
      manifest,
      await encodeState(snapshot.state, snapshot),
      store.economy,
    );
    const scores = logits && await splitBlob(tenant, newId(), toBytes(logits), store.economy);
    const blobs: SplitBlob[] = [state, ...scores === undefined ? [] : [scores]];
    const bytes = blobs.reduce((sum, { blob }) => sum + blob.bytes, 0);
    if (!await this.#makeRoom(tenant, bytes, options)) return;
    const usedAt = now();
    const staged = await stageChunks(store, tenant, blobs, usedAt, options);
    const cached = {
      name,
      bytes,
      blobs: blobs.map(({ blob: { id, chunks } }) => ({ id, chunks: chunks.length })),
    };
    await store.commit({
      checks: staged.checks,
      writes: [
        ...staged.writes,
        {
          key: manifestKey(tenant, manifest),
          value: encodeRecord(manifestSchema, {
            tokens,
            state: state.blob,
            charged: 0,
            ...base === undefined ? {} : { base },
            ...scores === undefined ? {} : { logits: scores.blob },
          }),
        },
        {
          key: prefixKey(tenant, name),
          value: encodeRecord(prefixSchema, { manifest, usedAt }),
          expireIn: ttlMs + GRACE_MS,
        },
        {
          key: cachedKey(tenant, usedAt, manifest),
          value: encodeRecord(cachedSchema, cached),
        },
        { key: usageKey(tenant, "cache"), add: bytes },
      ],
    }, options);
    const [replaced] = before;
    if (replaced?.usedAt === undefined) return;
    const key = cachedKey(tenant, replaced.usedAt, replaced.manifest);
    const entry = await store.get(key, options);
    if (entry !== undefined) await this.#remove(tenant, entry, options);
  }

  /**
   * The longest beginning of a conversation whose state is kept.
   *
   * If loading it fails with a `CorruptSnapshotError`, look again with `names.slice(0, depth - 1)`.
   *
   * @param names of beginnings, the longest last
   * @throws {CorruptSnapshotError} if the entry of the index cannot be read.
   */
  async deepest(
    tenant: string,
    names: readonly string[],
    options?: StoreOptions,
  ): Promise<FoundPrefix | undefined> {
    for (let end = names.length; end > 0; end -= PREFIXES_PER_READ) {
      // Some stores answer without leaving this thread to others.
      if (end < names.length) await yieldToEventLoop();
      const start = Math.max(0, end - PREFIXES_PER_READ);
      const found = await this.#lookUp(tenant, names.slice(start, end), options);
      const index = found.findLastIndex((prefix) => prefix !== undefined);
      const prefix = found[index];
      if (prefix === undefined) continue;
      await this.#touch(tenant, names[start + index]!, prefix, options);
      return { snapshot: { manifest: prefix.manifest }, depth: start + index + 1 };
    }
    return undefined;
  }

  /** Removes a state, if it is kept for nothing but to save work. */
  async forget(tenant: string, name: string, options?: StoreOptions): Promise<void> {
    const [found] = await this.#lookUp(tenant, [name], options);
    if (found?.usedAt === undefined) return;
    const key = cachedKey(tenant, found.usedAt, found.manifest);
    const entry = await this.#options.store.get(key, options);
    if (entry !== undefined) await this.#remove(tenant, entry, options);
  }

  /** Removes what nobody used for its time to live. */
  async sweep(onError: OnSweepError, options?: StoreOptions): Promise<void> {
    const { store, now, ttlMs } = this.#options;
    for await (const tenant of tenantsOf(store, CACHED, options)) {
      for await (const entry of store.list(cachedPrefix(tenant), options)) {
        if (usedAtOf(entry.key) + ttlMs + GRACE_MS > now()) break;
        await sweepOne(onError, () => this.#remove(tenant, entry, options));
      }
    }
  }

  /** What is found by each of the names. What is too old is not found. */
  async #lookUp(tenant: string, names: readonly string[], options: StoreOptions | undefined) {
    const { store, now, ttlMs } = this.#options;
    const entries = await store.getMany(names.map((name) => prefixKey(tenant, name)), options);
    return entries.map((entry, index) => {
      if (entry === undefined) return undefined;
      const prefix = decodeRecord(prefixSchema, entry.value, `prefix ${names[index]}`);
      const live = prefix.usedAt === undefined || prefix.usedAt + ttlMs > now();
      return live ? { ...prefix, version: entry.version } : undefined;
    });
  }

  /** Notes that a state was used, unless that was noted just now. Who is in the way has done it. */
  async #touch(
    tenant: string,
    name: string,
    prefix: { readonly manifest: string; readonly usedAt?: number | undefined; version: string },
    options: StoreOptions | undefined,
  ): Promise<void> {
    const { store, now, ttlMs } = this.#options;
    const { manifest, usedAt, version } = prefix;
    const time = now();
    if (usedAt === undefined || time - usedAt < ttlMs / TOUCHES) return;
    const entry = await store.get(cachedKey(tenant, usedAt, manifest), options);
    if (entry === undefined) return;
    await store.commit({
      checks: [{ key: prefixKey(tenant, name), version }, entry],
      writes: [
        {
          key: prefixKey(tenant, name),
          value: encodeRecord(prefixSchema, { manifest, usedAt: time }),
          expireIn: ttlMs + GRACE_MS,
        },
        { key: entry.key, delete: true },
        { key: cachedKey(tenant, time, manifest), value: entry.value },
      ],
    }, options);
  }

  /** Removes the least recently used until there is room. @returns whether there is */
  async #makeRoom(
    tenant: string,
    bytes: number,
    options: StoreOptions | undefined,
  ): Promise<boolean> {
    const { store, quotas } = this.#options;
    const { cacheBytes, requireSpace } = quotas(tenant);
    requireSpace?.();
    if (bytes > cacheBytes) return false;
    if (cacheBytes === Infinity) return true;
    let after: Key | undefined;
    for (;;) {
      const used = counterValue(await store.get(usageKey(tenant, "cache"), options));
      if (used + bytes <= cacheBytes) return true;
      const oldest = await Array.fromAsync(store.list(cachedPrefix(tenant), {
        ...options,
        limit: OLDEST_PER_READ,
        ...after === undefined ? {} : { after },
      }));
      if (oldest.length === 0) return false;
      let freed = 0;
      for (const entry of oldest) {
        if (used + bytes - freed <= cacheBytes) break;
        freed += await this.#remove(tenant, entry, options);
        after = entry.key;
      }
    }
  }

  /** @returns the bytes that it has freed: none if somebody else did */
  async #remove(
    tenant: string,
    entry: Entry,
    options: StoreOptions | undefined,
  ): Promise<number> {
    const { store } = this.#options;
    const manifest = entry.key.at(-1)!;
    const { name, bytes, blobs } = decodeRecord(cachedSchema, entry.value, manifest);
    const prefix = await store.get(prefixKey(tenant, name), options);
    const leadsHere = prefix !== undefined &&
      decodeRecord(prefixSchema, prefix.value, name).manifest === manifest;
    const chunks = blobs.flatMap(({ id, chunks }) => chunkKeys(tenant, id, chunks));
    const together = chunks.length <= CHUNKS_PER_REMOVAL;
    // What is too much for one commit is noted first, so that a crash leaves nothing behind.
    const note = abandonWrite(tenant, manifest, blobs);
    const { ok } = await store.commit({
      checks: [entry, ...leadsHere ? [prefix] : []],
      writes: [
        { key: entry.key, delete: true },
        { key: manifestKey(tenant, manifest), delete: true },
        ...leadsHere ? [{ key: prefix.key, delete: true } as const] : [],
        { key: usageKey(tenant, "cache"), add: -bytes },
        ...together ? chunks.map((key) => ({ key, delete: true } as const)) : [note],
      ],
    }, options);
    if (!ok) return 0;
    if (!together) await freeStaged(store, tenant, note.key, blobs, options);
    return bytes;
  }
}

function usedAtOf(key: Key): number {
  return Number(key.at(-2));
}
