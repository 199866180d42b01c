import { checkCommit } from "./check_commit.ts";
import type { DurableObjectEntries, StoredEntry } from "./durable_object_entries.ts";
import { StoreClosedError } from "./errors.ts";
import { decodeKey, encodeRange, encodeValueKey } from "./key.ts";
import type {
  Commit,
  CommitResult,
  Entry,
  Key,
  KvStore,
  ListOptions,
  StoreOptions,
} from "./kv_store.ts";
import { DEFAULT_ECONOMY, type StoreEconomy } from "./economy.ts";
import { ENTRIES_PER_PAGE, STORE_LIMITS, type StoreLimits } from "./limits.ts";
import { retry } from "./retry.ts";

/** Milliseconds to wait for one operation. */
const PATIENCE_MS = 10_000;

/**
 * What one object takes: values of 2 MB, and calls of 32 MiB.
 *
 * @see https://developers.cloudflare.com/durable-objects/platform/limits/
 */
export const DURABLE_OBJECT_LIMITS: StoreLimits = {
  ...STORE_LIMITS,
  valueBytes: 16 * STORE_LIMITS.valueBytes,
  commitBytes: 16 * STORE_LIMITS.commitBytes,
};

/**
 * Each row that is written costs as much as 50 ms of CPU: so values lie in few rows, tokens are written together, and
 * short prompts are read again.
 *
 * @see docs/deploy.md
 */
const ECONOMY: StoreEconomy = {
  chunkBytes: 16 * DEFAULT_ECONOMY.chunkBytes,
  groupMs: 200,
  leastPrompt: 512,
};

/** The methods of an object that keeps entries, as they are called from elsewhere. */
export type RemoteEntries = {
  readonly [Method in "getMany" | "commit" | "list"]: (
    ...args: Parameters<DurableObjectEntries[Method]>
  ) => Promise<Awaited<ReturnType<DurableObjectEntries[Method]>>>;
};

/** What this needs of Cloudflare's binding to a class of Durable Objects. */
export interface DurableObjectNamespace {
  getByName(name: string): RemoteEntries;
}

/** What a {@linkcode DurableObjectStore} is made of. */
export interface DurableObjectStoreOptions {
  readonly namespace: DurableObjectNamespace;
  /** The time, milliseconds since the epoch. */
  readonly now: () => number;
  /** The object that keeps everything. */
  readonly name: string;
}

/**
 * A store in one of Cloudflare's Durable Objects, which all instances share, and which makes one commit after the other.
 */
export class DurableObjectStore implements KvStore {
  readonly economy = ECONOMY;
  readonly #namespace: DurableObjectNamespace;
  readonly #now: () => number;
  readonly #name: string;
  #closed = false;

  constructor({ namespace, now, name }: DurableObjectStoreOptions) {
    this.#namespace = namespace;
    this.#now = now;
    this.#name = name;
  }

  async get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    const [entry] = await this.getMany([key], options);
    return entry;
  }

  async getMany(keys: readonly Key[], options?: StoreOptions): Promise<(Entry | undefined)[]> {
    this.#requireOpen();
    const encoded = keys.map((key) => toBytes(encodeValueKey(key)));
    const found = await this.#call((object) => object.getMany(encoded, this.#now()), options);
    return found.map((entry) => entry && toEntry(entry));
  }

  async commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    this.#requireOpen();
    checkCommit(commit, DURABLE_OBJECT_LIMITS);
    const { checks = [], writes } = commit;
    const now = this.#now();
    // Not tried again: whether a commit that failed on its way was made is not known.
    const ok = await this.#call(
      (object) =>
        object.commit(
          checks.map(({ key, version }) => ({ key: toBytes(encodeValueKey(key)), version })),
          writes.map((write) => ({
            key: toBytes(encodeValueKey(write.key)),
            ...("add" in write ? { add: write.add } : {}),
            ...("value" in write ? { value: write.value } : {}),
            ...("value" in write && write.expireIn !== undefined
              ? { expiresAt: now + write.expireIn }
              : {}),
          })),
          now,
        ),
      options,
      () => false,
    );
    return { ok };
  }

  async *list(prefix: Key, options: ListOptions = {}): AsyncGenerator<Entry> {
    const { limit = Infinity } = options;
    this.#requireOpen();
    const { after, end } = encodeRange(prefix, options.after);
    let last = toBytes(after);
    for (let left = limit; left > 0;) {
      const wanted = Math.min(ENTRIES_PER_PAGE, left);
      const page = await this.#call(
        (object) => object.list(last, toBytes(end), wanted, this.#now()),
        options,
      );
      for (const entry of page) yield toEntry(entry);
      if (page.length < wanted) return;
      last = toBytes(encodeValueKey(toEntry(page.at(-1)!).key));
      left -= page.length;
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  /** @param isTransient reads may be tried again */
  async #call<T>(
    call: (object: RemoteEntries) => Promise<T>,
    options: StoreOptions | undefined,
    isTransient: (error: unknown) => boolean = isRetryable,
  ): Promise<T> {
    // deno-lint-ignore require-await -- so that it rejects, and does not throw
    const attempt = async (): Promise<T> => {
      this.#requireOpen();
      return call(this.#namespace.getByName(this.#name));
    };
    return await retry(attempt, { isTransient, patience: PATIENCE_MS, signal: options?.signal });
  }

  #requireOpen(): void {
    if (this.#closed) throw new StoreClosedError();
  }
}

/** Cloudflare marks the failures of its own that may pass. */
function isRetryable(error: unknown): boolean {
  return error instanceof Error && "retryable" in error && error.retryable === true;
}

function toBytes(encoded: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(encoded, (byte) => byte.charCodeAt(0));
}

function toEntry({ key, value, version }: StoredEntry): Entry {
  const encoded = Array.from(key, (byte) => String.fromCharCode(byte)).join("");
  return { key: decodeKey(encoded), value: new Uint8Array(value), version };
}
