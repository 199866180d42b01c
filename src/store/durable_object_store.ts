import { checkCommit } from "./check_commit.ts";
import { crossCommit, type CrossCommitParts, settle } from "./cross_commit.ts";
import { DEFAULT_ECONOMY, type StoreEconomy } from "./economy.ts";
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
import type { Additions } from "./ledger.ts";
import { ENTRIES_PER_PAGE, STORE_LIMITS, type StoreLimits } from "./limits.ts";
import { mergeEntries } from "./merge_entries.ts";
import { isStale, planCommit } from "./plan_commit.ts";
import type { Placement } from "./placement.ts";
import { type DurableObjectNamespace, RemoteObject, toBytes } from "./remote_object.ts";
import type { Reading } from "./stored_commit.ts";

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
  groupMs: 300,
  leastPrompt: 512,
};

/** What a {@linkcode DurableObjectStore} is made of. */
export interface DurableObjectStoreOptions {
  readonly namespace: DurableObjectNamespace;
  /** The time, milliseconds since the epoch. */
  readonly now: () => number;
  /** Which object keeps what. */
  readonly placement: Placement;
}

/**
 * A store in Cloudflare's Durable Objects, which all instances share. Each object makes one commit after the other; a
 * commit over several objects is atomic too, but takes more calls and rows.
 */
export class DurableObjectStore implements KvStore {
  readonly economy = ECONOMY;
  readonly #placement: Placement;
  readonly #parts: CrossCommitParts;
  #closed = false;

  constructor({ namespace, now, placement }: DurableObjectStoreOptions) {
    this.#placement = placement;
    this.#parts = {
      object: (name) => new RemoteObject(namespace, name, now),
      additionsOf: (name, additions) => additionsOf(placement, name, additions),
      done: new Map(),
    };
  }

  async get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    const [entry] = await this.getMany([key], options);
    return entry;
  }

  async getMany(keys: readonly Key[], options?: StoreOptions): Promise<(Entry | undefined)[]> {
    this.#requireOpen();
    keys.forEach(encodeValueKey);
    const found: (Entry | undefined)[] = keys.map(() => undefined);
    const places = Map.groupBy(keys.keys(), (index) => this.#placement.objectOf(keys[index]!));
    await Promise.all([...places].map(async ([name, indexes]) => {
      const wanted = indexes.map((index) => keys[index]!);
      const read = (object: RemoteObject) => object.getMany(wanted, options);
      const entries = await this.#read(name, read, options);
      for (const [at, index] of indexes.entries()) found[index] = entries[at];
    }));
    return found;
  }

  async commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    this.#requireOpen();
    checkCommit(commit, DURABLE_OBJECT_LIMITS);
    if ((commit.checks ?? []).length + commit.writes.length === 0) return { ok: true };
    const { ahead, ...planned } = planCommit(this.#placement, commit);
    for (const [name, part] of ahead) {
      const only = { home: name, parts: new Map([[name, part]]), owed: {}, takesOwed: false };
      await crossCommit(this.#parts, only, options);
    }
    return { ok: await crossCommit(this.#parts, planned, options) };
  }

  async *list(prefix: Key, options: ListOptions = {}): AsyncGenerator<Entry> {
    const { limit = Infinity } = options;
    this.#requireOpen();
    const { after, end } = encodeRange(prefix, options.after);
    const sources = this.#placement.objectsOf(prefix).map((name) =>
      this.#entriesOf(name, toBytes(after), toBytes(end), limit, options)
    );
    let left = limit;
    if (left <= 0) return;
    for await (const entry of mergeEntries(sources)) {
      yield entry;
      if (--left <= 0) return;
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  /** The entries that one object lists. */
  async *#entriesOf(
    name: string,
    after: Uint8Array,
    end: Uint8Array,
    limit: number,
    options: StoreOptions | undefined,
  ): AsyncGenerator<Entry> {
    const wanted = Math.min(ENTRIES_PER_PAGE, limit);
    for (let last = after;;) {
      this.#requireOpen();
      const read = (object: RemoteObject) => object.list(last, end, wanted, options);
      const page = await this.#read(name, read, options);
      yield* await this.#follow(name, page, options);
      if (page.length < wanted) return;
      last = toBytes(encodeValueKey(page.at(-1)!.key));
    }
  }

  /** What the pointers of an object lead to. One that leads nowhere for long is removed. */
  async #follow(
    name: string,
    page: readonly Entry[],
    options: StoreOptions | undefined,
  ): Promise<Entry[]> {
    const elsewhere = page.filter(({ key }) => this.#placement.objectOf(key) !== name);
    if (elsewhere.length === 0) return [...page];
    const found = await this.getMany(elsewhere.map(({ key }) => key), options);
    const targets = new Map(elsewhere.map((pointer, index) => [pointer, found[index]]));
    const stale = elsewhere.filter((pointer) =>
      targets.get(pointer) === undefined && isStale(pointer, Date.now())
    );
    if (stale.length > 0) {
      const part = {
        checks: stale,
        writes: stale.map(({ key }) => ({ key, delete: true } as const)),
      };
      await this.#parts.object(name).commit(part, undefined, options);
    }
    return page.map((entry) => targets.has(entry) ? targets.get(entry) : entry)
      .filter((entry) => entry !== undefined);
  }

  /** Reads from an object, with the commits finished whose writers have died. */
  async #read<T>(
    name: string,
    read: (object: RemoteObject) => Promise<Reading<T>>,
    options: StoreOptions | undefined,
  ): Promise<T> {
    for (;;) {
      this.#requireOpen();
      const { entries, pending } = await read(this.#parts.object(name));
      if (!await settle(this.#parts, name, pending, false, options)) return entries;
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw new StoreClosedError();
  }
}

/** The amounts that an object adds to its own counters. */
function additionsOf(placement: Placement, name: string, additions: Additions): Additions {
  return Object.fromEntries(
    Object.entries(additions).filter(([key]) =>
      placement.objectOf(decodeKey(fromHex(key))) === name
    ),
  );
}

function fromHex(key: string): string {
  return Array.from(Uint8Array.fromHex(key), (byte) => String.fromCharCode(byte)).join("");
}
