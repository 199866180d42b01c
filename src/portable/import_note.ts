import { z } from "zod";
import { deleteKeys, STAGING_MS } from "../records/blob.ts";
import { sha256 } from "../records/digest.ts";
import { LeaseLostError } from "../records/errors.ts";
import {
  chunkPrefix,
  garbageKey,
  importKey,
  IMPORTS,
  logPrefix,
  manifestKey,
  nodeKey,
  refPrefix,
  runKey,
} from "../records/keys.ts";
import { Lease } from "../records/lease.ts";
import { decodeRecord, encodeRecord } from "../records/record.ts";
import { type OnSweepError, sweepOne } from "../records/sweep.ts";
import type { Check, Commit, Key, KvStore, StoreOptions, Write } from "../store/kv_store.ts";

/** Maximum number of chunk-sized writes per commit, with room left for records. */
const WRITES_PER_COMMIT = 10;

/**
 * Describes what a running import may have written. All ids derive from the import's secret id: nobody else can find
 * its writes, and a sweep finds all of them.
 */
const noteSchema = z.object({
  expiresAt: z.number(),
  responses: z.int().nonnegative(),
});

/** The ids of an imported response and its parts. */
export interface ImportNames {
  readonly response: string;
  readonly manifest: string;
  readonly state: string;
  readonly log: string;
  readonly request: string;
}

/** The ids of the n-th response of an import. */
export async function importNames(id: string, n: number): Promise<ImportNames> {
  const digest = await sha256(new TextEncoder().encode(`${id}/${n}`));
  const name = digest.toHex();
  return {
    response: `resp_${name.slice(0, 48)}`,
    manifest: name,
    state: name,
    log: `${name}.log`,
    request: `${name}.request`,
  };
}

/** The id of the blob of an import's pending items. */
export function pendingName(id: string): string {
  return `${id}.pending`;
}

type Note = z.infer<typeof noteSchema>;

/** The note of an import in this instance. It is a {@linkcode Lease}: while it is held, no sweep touches the import. */
export class ImportNote {
  readonly #store: KvStore;
  readonly #now: () => number;
  readonly #key: Key;
  readonly #lease: Lease<Note>;

  constructor(
    store: KvStore,
    now: () => number,
    tenant: string,
    id: string,
    responses: number,
  ) {
    this.#store = store;
    this.#now = now;
    this.#key = importKey(tenant, id);
    this.#lease = new Lease({
      store,
      key: this.#key,
      name: id,
      encode: (note) => encodeRecord(noteSchema, note),
      decode: (value) => decodeRecord(noteSchema, value, id),
      // Only a sweep can change the note, and it first sets `expiresAt` to 0.
      isOwn: ({ expiresAt }) => expiresAt !== 0,
      record: { expiresAt: 0, responses },
      version: undefined,
    });
  }

  /** The check for a commit of the import. Renews the lease if half of it has passed. */
  check(options?: StoreOptions): Promise<Check> {
    return this.#lease.exclusive(async () => {
      if (this.#left() < STAGING_MS / 2) await this.#renew(options);
      return await this.#lease.check(options);
    });
  }

  /** Deletes everything that the import has written, unless the conversation was created. */
  async discard(options?: StoreOptions): Promise<void> {
    const { version } = await this.#lease.check(options);
    if (version === undefined) return;
    await removeExpired(this.#store, this.#key, version, this.#lease.record, options);
  }

  /** Milliseconds until a sweep may delete the import. */
  #left(): number {
    return this.#lease.record.expiresAt - this.#now();
  }

  async #renew(options: StoreOptions | undefined): Promise<void> {
    const renewed = (note: Note): Note => ({ ...note, expiresAt: this.#now() + STAGING_MS });
    try {
      await this.#lease.write(renewed, [], options);
    } catch (error) {
      // The lease is still valid; the next commit renews it.
      if (error instanceof LeaseLostError || this.#left() <= 0) throw error;
    }
  }
}

/**
 * Writes chunks in several commits, and the records in the last one.
 *
 * @param commit performs the last commit
 * @throws {LeaseLostError} if the import was swept
 */
export async function writeChunks(
  store: KvStore,
  chunks: Write[],
  records: readonly Write[],
  note: ImportNote,
  options: StoreOptions | undefined,
  commit = async (last: Commit) => (await store.commit(last, options)).ok,
): Promise<void> {
  for (let at = 0;; at += WRITES_PER_COMMIT) {
    const last = at + WRITES_PER_COMMIT >= chunks.length;
    const part = {
      checks: [await note.check(options)],
      writes: [...chunks.slice(at, at + WRITES_PER_COMMIT), ...last ? records : []],
    };
    const ok = last ? await commit(part) : (await store.commit(part, options)).ok;
    if (!ok) throw new LeaseLostError("that is being imported");
    if (last) return;
  }
}

/** Deletes the leftovers of imports that did not complete. */
export async function sweepImports(
  store: KvStore,
  now: number,
  onError: OnSweepError,
  options?: StoreOptions,
): Promise<void> {
  for await (const { key, value, version } of store.list(IMPORTS, options)) {
    await sweepOne(onError, async () => {
      const note = decodeRecord(noteSchema, value, key.at(-1) ?? "");
      if (note.expiresAt <= now) await removeExpired(store, key, version, note, options);
    });
  }
}

async function removeExpired(
  store: KvStore,
  key: Key,
  version: string,
  note: Note,
  options: StoreOptions | undefined,
): Promise<void> {
  const [, , tenant = "", id = ""] = key;
  // Fences off the writer, should it still run. If the note is gone, the import has completed or was already deleted.
  const { ok } = await store.commit({
    checks: [{ key, version }],
    writes: [{ key, value: encodeRecord(noteSchema, { ...note, expiresAt: 0 }) }],
  }, options);
  if (ok) await removeImport(store, tenant, id, note.responses, options);
}

async function removeImport(
  store: KvStore,
  tenant: string,
  id: string,
  responses: number,
  options: StoreOptions | undefined,
): Promise<void> {
  await deleteKeys(
    store,
    await listed(store, chunkPrefix(tenant, pendingName(id)), options),
    options,
  );
  for (let n = 0; n < responses; n++) {
    const { response, manifest, ...blobs } = await importNames(id, n);
    const node = await store.get(nodeKey(tenant, response), options);
    const keys: Key[] = [
      nodeKey(tenant, response),
      runKey(tenant, response),
      manifestKey(tenant, manifest),
      garbageKey(tenant, response),
      ...await listed(store, refPrefix(tenant, response), options),
      ...await listed(store, logPrefix(tenant, response), options),
    ];
    for (const blob of Object.values(blobs)) {
      keys.push(...await listed(store, chunkPrefix(tenant, blob), options));
    }
    await deleteKeys(store, keys, options);
    // Responses are written in order, each with its node last. One without any entry is where the import stopped.
    if (node === undefined && keys.length === 4) break;
  }
  await deleteKeys(store, [importKey(tenant, id)], options);
}

async function listed(
  store: KvStore,
  prefix: Key,
  options: StoreOptions | undefined,
): Promise<Key[]> {
  const keys: Key[] = [];
  for await (const { key } of store.list(prefix, options)) keys.push(key);
  return keys;
}
