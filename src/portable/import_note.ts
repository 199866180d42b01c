import { z } from "zod";
import type { Check, Key, KvStore, StoreOptions } from "../store/kv_store.ts";
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
import { decodeRecord, encodeRecord } from "../records/record.ts";
import { deleteKeys, STAGING_MS } from "../records/staged_chunks.ts";
import { type OnSweepError, sweepOne } from "../records/sweep_one.ts";

/**
 * What an import that is under way has written, or may have. All names follow from its id, which nobody else knows: so
 * nobody finds what is there of it, and whoever sweeps finds all.
 */
const noteSchema = z.object({
  expiresAt: z.number(),
  responses: z.int().nonnegative(),
});

/** How a response of an import, and what it consists of, are called. */
export interface ImportNames {
  readonly response: string;
  readonly manifest: string;
  readonly state: string;
  readonly log: string;
  readonly request: string;
}

/** The names of the n-th response of an import. */
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

/** The blob of what is pending in the conversation of an import. */
export function pendingName(id: string): string {
  return `${id}.pending`;
}

/** The note of an import that is under way here. As long as it is there, and has not changed, nobody sweeps. */
export class ImportNote {
  readonly #store: KvStore;
  readonly #now: () => number;
  readonly #key: Key;
  readonly #id: string;
  readonly #responses: number;
  #version: string | undefined;
  #renewed = 0;

  constructor(
    store: KvStore,
    now: () => number,
    tenant: string,
    id: string,
    responses: number,
  ) {
    this.#store = store;
    this.#now = now;
    this.#id = id;
    this.#responses = responses;
    this.#key = importKey(tenant, id);
  }

  /** What every commit of the import has to check. Renews the note when it is time to. */
  async check(options?: StoreOptions): Promise<Check> {
    if (this.#version === undefined || this.#now() - this.#renewed > STAGING_MS / 2) {
      await this.#renew(options);
    }
    return { key: this.#key, version: this.#version };
  }

  /** Takes everything away that the import has written, unless the conversation was made of it. */
  async discard(options?: StoreOptions): Promise<void> {
    const version = this.#version;
    if (version === undefined) return;
    const note = { expiresAt: 0, responses: this.#responses };
    await removeExpired(this.#store, this.#key, version, note, options);
  }

  async #renew(options: StoreOptions | undefined): Promise<void> {
    const renewed = this.#now();
    const note = { expiresAt: renewed + STAGING_MS, responses: this.#responses };
    const { ok } = await this.#store.commit({
      checks: [{ key: this.#key, version: this.#version }],
      writes: [{ key: this.#key, value: encodeRecord(noteSchema, note) }],
    }, options);
    const entry = ok ? await this.#store.get(this.#key, options) : undefined;
    if (entry === undefined) throw new LeaseLostError(this.#id);
    this.#version = entry.version;
    this.#renewed = renewed;
  }
}

/** Removes what imports left behind that have ended in the middle. */
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
  note: z.infer<typeof noteSchema>,
  options: StoreOptions | undefined,
): Promise<void> {
  const [, , tenant = "", id = ""] = key;
  // From here on the writer, should there still be one, can write nothing more. If the note is gone, so is the reason.
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
    // Responses are written in their order, and the node of each comes last.
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
