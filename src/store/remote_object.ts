import type { DurableObjectEntries } from "./durable_object_entries.ts";
import type { Intent, Pending } from "./intents.ts";
import type { Additions, Outcome } from "./ledger.ts";
import { decodeKey, encodeValueKey } from "./key.ts";
import type { Check, Entry, Key, StoreOptions, Write } from "./kv_store.ts";
import { retry } from "./retry.ts";
import type { Committed, Decision, Reading } from "./stored_commit.ts";
import type { StoredCheck, StoredEntry, StoredWrite } from "./stored_entry.ts";

/** Milliseconds to wait for one operation. */
export const PATIENCE_MS = 10_000;

/** The methods of an object that keeps entries, as they are called from elsewhere. */
export type RemoteEntries = {
  readonly [Method in "getMany" | "commit" | "list" | "prepare" | "finish" | "outcome"]: (
    ...args: Parameters<DurableObjectEntries[Method]>
  ) => Promise<Awaited<ReturnType<DurableObjectEntries[Method]>>>;
};

/** What this needs of Cloudflare's binding to a class of Durable Objects. */
export interface DurableObjectNamespace {
  getByName(name: string): RemoteEntries;
}

/** The checks and writes of a commit that one object keeps. */
export interface Part {
  readonly checks: readonly Check[];
  readonly writes: readonly Write[];
}

/** One object, called from elsewhere. */
export class RemoteObject {
  readonly #entries: () => RemoteEntries;
  readonly #now: () => number;

  /** @param now the time, milliseconds since the epoch */
  constructor(namespace: DurableObjectNamespace, readonly name: string, now: () => number) {
    this.#entries = () => namespace.getByName(name);
    this.#now = now;
  }

  async getMany(
    keys: readonly Key[],
    options?: StoreOptions,
  ): Promise<Reading<(Entry | undefined)[]>> {
    const encoded = keys.map(keyBytes);
    const { entries, pending } = await this.#call(
      (object) => object.getMany(encoded, this.#now()),
      options,
    );
    return { entries: entries.map((entry) => entry && toEntry(entry)), pending };
  }

  async list(
    after: Uint8Array,
    end: Uint8Array,
    limit: number,
    options?: StoreOptions,
  ): Promise<Reading<Entry[]>> {
    const { entries, pending } = await this.#call(
      (object) => object.list(after, end, limit, this.#now()),
      options,
    );
    return { entries: entries.map(toEntry), pending };
  }

  commit(
    part: Part & { readonly owed?: Additions },
    decision: Decision | undefined,
    options?: StoreOptions,
  ): Promise<Committed> {
    const now = this.#now();
    const commit = { ...toStored(part, now), ...part.owed ? { owed: part.owed } : {} };
    return this.#once((object) => object.commit(commit, now, decision), options);
  }

  prepare(
    { id, home, ...part }: Pick<Intent, "id" | "home"> & Part,
    options?: StoreOptions,
  ): Promise<Committed> {
    const now = this.#now();
    const intent = { id, home, ...toStored(part, now) };
    return this.#once((object) => object.prepare(intent, now), options);
  }

  /** @param additions `undefined`: the commit was not made */
  finish(
    id: string,
    additions: Additions | undefined,
    options?: StoreOptions,
  ): Promise<void> {
    return this.#call((object) => object.finish(id, additions, this.#now()), options);
  }

  outcome({ id, at }: Pending, mayAbort: boolean, options?: StoreOptions): Promise<Outcome> {
    return this.#call((object) => object.outcome(id, mayAbort ? at : undefined), options);
  }

  #call<T>(
    call: (object: RemoteEntries) => Promise<T>,
    options: StoreOptions | undefined,
  ): Promise<T> {
    return this.#attempt(call, isRetryable, options);
  }

  /** Not tried again: whether a commit that failed on its way was made is not known. */
  #once<T>(
    call: (object: RemoteEntries) => Promise<T>,
    options: StoreOptions | undefined,
  ): Promise<T> {
    return this.#attempt(call, () => false, options);
  }

  async #attempt<T>(
    call: (object: RemoteEntries) => Promise<T>,
    isTransient: (error: unknown) => boolean,
    options: StoreOptions | undefined,
  ): Promise<T> {
    // deno-lint-ignore require-await -- so that it rejects, and does not throw
    const attempt = async () => call(this.#entries());
    return await retry(attempt, { isTransient, patience: PATIENCE_MS, signal: options?.signal });
  }
}

/** Cloudflare marks the failures of its own that may pass. */
function isRetryable(error: unknown): boolean {
  return error instanceof Error && "retryable" in error && error.retryable === true;
}

/** An encoding as bytes. */
export function toBytes(encoded: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(encoded, (byte) => byte.charCodeAt(0));
}

function keyBytes(key: Key): Uint8Array<ArrayBuffer> {
  return toBytes(encodeValueKey(key));
}

function toStored(
  { checks, writes }: Part,
  now: number,
): { readonly checks: StoredCheck[]; readonly writes: StoredWrite[] } {
  return {
    checks: checks.map(({ key, version }) => ({ key: keyBytes(key), version })),
    writes: writes.map((write) => ({
      key: keyBytes(write.key),
      ...("add" in write ? { add: write.add } : {}),
      ...("value" in write ? { value: write.value } : {}),
      ...("value" in write && write.expireIn !== undefined
        ? { expiresAt: now + write.expireIn }
        : {}),
    })),
  };
}

function toEntry({ key, value, version }: StoredEntry): Entry {
  const encoded = Array.from(key, (byte) => String.fromCharCode(byte)).join("");
  return { key: decodeKey(encoded), value: new Uint8Array(value), version };
}
