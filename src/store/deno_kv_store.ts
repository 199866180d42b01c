import { checkCommit } from "./check_commit.ts";
import { counterBytes } from "./counter.ts";
import { DatabaseFile } from "./database_file.ts";
import { ForeignValueError, StoreClosedError } from "./errors.ts";
import { isLocked } from "./is_locked.ts";
import { encodePrefix, encodeValueKey } from "./key.ts";
import type {
  Check,
  Commit,
  CommitResult,
  Entry,
  Key,
  KvStore,
  ListOptions,
  StoreOptions,
} from "./kv_store.ts";
import { ENTRIES_PER_PAGE, VALUE_OVERHEAD } from "./limits.ts";
import { refused } from "./refusal.ts";
import { retry } from "./retry.ts";

/** Keys that Deno KV reads at once. */
const KEYS_PER_READ = 10;

/** Separates Deno KV's versionstamp from the time of expiry in a version. */
const EXPIRES = "@";

/** Options of {@linkcode DenoKvStore.open}. */
export interface DenoKvOptions extends StoreOptions {
  /** The time, milliseconds since the epoch. */
  readonly now?: () => number;
  /** Milliseconds to wait for one operation, when other processes have locked the database. */
  readonly patience?: number;
}

/** A value as Deno KV has it, without the time of expiry that follows it there. */
interface Stored extends Entry {
  readonly versionstamp: string;
  readonly expired: boolean;
}

/**
 * A store in Deno KV: a SQLite file that several processes may share, or the database of Deno Deploy. For some locks of
 * other processes Deno KV waits itself, without end; for others it throws, and is tried again here.
 *
 * Deno KV removes what has expired some time later. So that it is gone at once, each value is followed by the time
 * when it expires (8 bytes, float64, little-endian, milliseconds since the epoch or infinity), and so is its version.
 */
export class DenoKvStore implements KvStore {
  readonly #kv: Deno.Kv;
  readonly #path: string;
  /** `undefined` where Deno KV is no file of ours. */
  readonly #file: DatabaseFile | undefined;
  readonly #now: () => number;
  readonly #patience: number;
  #closed = false;

  private constructor(
    kv: Deno.Kv,
    path: string | undefined,
    now: () => number,
    patience: number,
  ) {
    this.#kv = kv;
    this.#path = path ?? "Deno KV";
    const isFile = path !== undefined && path !== ":memory:" && !/^https?:/.test(path);
    this.#file = isFile ? new DatabaseFile(path) : undefined;
    this.#now = now;
    this.#patience = patience;
  }

  /**
   * Opens the database.
   *
   * @param path the file, or `":memory:"`. Absent: the default of the runtime.
   * @throws {StoreUnavailableError} if other processes keep it locked.
   */
  static async open(path?: string, options: DenoKvOptions = {}): Promise<DenoKvStore> {
    const { now = Date.now, patience = 10_000, signal } = options;
    let givenUp = false;
    async function openKv(): Promise<Deno.Kv> {
      const kv = await Deno.openKv(path);
      if (givenUp) kv.close();
      return kv;
    }
    try {
      const kv = await retry(openKv, { isTransient: isLocked, patience, signal });
      return new DenoKvStore(kv, path, now, patience);
    } catch (error) {
      givenUp = true;
      throw error;
    }
  }

  async get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    const [entry] = await this.getMany([key], options);
    return entry;
  }

  async getMany(keys: readonly Key[], options?: StoreOptions): Promise<(Entry | undefined)[]> {
    const stored = await this.#read(keys, options);
    return stored.map((entry) => entry && toLiveEntry(entry));
  }

  async commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    this.#requireOpen();
    checkCommit(commit);
    const { checks = [] } = commit;
    if (checks.some(({ version }) => version !== undefined && this.#hasExpired(version))) {
      return { ok: false };
    }
    let stamps = checks.map(({ version }) => version?.split(EXPIRES, 1)[0] ?? null);
    while (!await this.#tryCommit(commit, stamps, options)) {
      const fresh = await this.#stampsOfExpired(checks, stamps, options);
      if (fresh === undefined) return { ok: false };
      stamps = fresh;
    }
    return { ok: true };
  }

  async *list(prefix: Key, options: ListOptions = {}): AsyncGenerator<Entry> {
    const { limit = Infinity } = options;
    let { after } = options;
    this.#requireOpen();
    encodePrefix(prefix, after);
    let count = 0;
    while (count < limit) {
      // One more than is left, because the page may begin with the entry that the last one ended with.
      const page = await this.#page(prefix, after, {
        ...options,
        limit: Math.min(ENTRIES_PER_PAGE, limit - count + 1),
      });
      for (const stored of page) {
        after = stored.key;
        const entry = toLiveEntry(stored);
        if (entry === undefined) continue;
        yield entry;
        if (++count >= limit) return;
      }
      if (page.length === 0) return;
    }
  }

  close(): Promise<void> {
    if (!this.#closed) this.#kv.close();
    this.#closed = true;
    return Promise.resolve();
  }

  /** With each check the versionstamp that Deno KV is to compare, `null` for none. */
  async #tryCommit(
    { checks = [], writes }: Commit,
    stamps: readonly (string | null)[],
    options: StoreOptions | undefined,
  ): Promise<boolean> {
    const { ok } = await this.#run(() => {
      const atomic = this.#kv.atomic();
      for (const [index, { key }] of checks.entries()) {
        atomic.check({ key: [...key], versionstamp: stamps[index] ?? null });
      }
      for (const write of writes) {
        const key = [...write.key];
        if ("delete" in write) {
          atomic.delete(key);
          continue;
        }
        if ("add" in write) {
          // Deno KV's numbers have no sign, and begin again after the largest.
          atomic.sum(key, BigInt.asUintN(64, BigInt(write.add)));
          continue;
        }
        const { value, expireIn } = write;
        const expiresAt = expireIn === undefined ? Infinity : this.#now() + expireIn;
        atomic.set(key, seal(value, expiresAt), expireIn === undefined ? {} : { expireIn });
      }
      return atomic.commit();
    }, options);
    return ok;
  }

  /**
   * After a commit failed: a key that has to be absent may hold a value that has expired and was not removed yet. The
   * check is then for that value's versionstamp.
   *
   * @returns the versionstamps to try next, or `undefined` if these are no better.
   */
  async #stampsOfExpired(
    checks: readonly Check[],
    stamps: readonly (string | null)[],
    options: StoreOptions | undefined,
  ): Promise<(string | null)[] | undefined> {
    const absent = checks.keys().filter((index) => checks[index]!.version === undefined).toArray();
    const found = await this.#read(absent.map((index) => checks[index]!.key), options);
    if (found.some((stored) => stored && !stored.expired)) return undefined;
    const fresh = [...stamps];
    for (const [at, index] of absent.entries()) fresh[index] = found[at]?.versionstamp ?? null;
    return fresh.some((stamp, index) => stamp !== stamps[index]) ? fresh : undefined;
  }

  async #read(
    keys: readonly Key[],
    options: StoreOptions | undefined,
  ): Promise<(Stored | undefined)[]> {
    this.#requireOpen();
    for (const key of keys) encodeValueKey(key);
    const batches: Promise<(Stored | undefined)[]>[] = [];
    for (let at = 0; at < keys.length; at += KEYS_PER_READ) {
      const batch = keys.slice(at, at + KEYS_PER_READ).map((key) => [...key]);
      batches.push(this.#run(async () => {
        const entries = await this.#kv.getMany<unknown[]>(batch);
        return entries.map((entry) => this.#open(entry));
      }, options));
    }
    return (await Promise.all(batches)).flat();
  }

  /** The first entries after a key. Read whole, so that it can be read again when the database is locked. */
  #page(
    prefix: Key,
    after: Key | undefined,
    { limit, signal }: StoreOptions & { readonly limit: number },
  ): Promise<Stored[]> {
    const last = after && encodeValueKey(after);
    const selector = after ? { prefix: [...prefix], start: [...after] } : { prefix: [...prefix] };
    return this.#run(async () => {
      const page: Stored[] = [];
      for await (const entry of this.#kv.list(selector, { limit })) {
        const stored = this.#open(entry);
        // Deno KV begins at the key, and we after it.
        if (stored && encodeValueKey(stored.key) !== last) page.push(stored);
      }
      return page;
    }, { signal });
  }

  async #run<T>(operation: () => Promise<T>, options: StoreOptions | undefined): Promise<T> {
    this.#requireOpen();
    this.#file?.requirePresent();
    const { signal } = options ?? {};
    try {
      return await retry(operation, { isTransient: isLocked, patience: this.#patience, signal });
    } catch (cause) {
      // What was under way when the store was closed fails with an error about a resource.
      if (this.#closed && !signal?.aborted) throw new StoreClosedError({ cause });
      throw signal?.aborted ? cause : refused(cause, this.#path);
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw new StoreClosedError();
  }

  #open({ key, value, versionstamp }: Deno.KvEntryMaybe<unknown>): Stored | undefined {
    if (versionstamp === null) return undefined;
    if (value instanceof Deno.KvU64 && isText(key)) {
      const count = Number(BigInt.asIntN(64, value.value));
      return {
        key,
        value: counterBytes(count),
        version: versionstamp,
        versionstamp,
        expired: false,
      };
    }
    if (!(value instanceof Uint8Array) || value.length < VALUE_OVERHEAD || !isText(key)) {
      throw new ForeignValueError(Deno.inspect(key));
    }
    const length = value.length - VALUE_OVERHEAD;
    const view = new DataView(value.buffer, value.byteOffset + length, VALUE_OVERHEAD);
    const expiresAt = view.getFloat64(0, true);
    const version = expiresAt === Infinity ? versionstamp : versionstamp + EXPIRES + expiresAt;
    const expired = expiresAt <= this.#now();
    return { key, value: value.slice(0, length), version, versionstamp, expired };
  }

  #hasExpired(version: string): boolean {
    const [, expiresAt = Infinity] = version.split(EXPIRES);
    return Number(expiresAt) <= this.#now();
  }
}

function isText(key: Deno.KvKey): key is readonly string[] {
  return key.every((part) => typeof part === "string");
}

function seal(value: Uint8Array, expiresAt: number): Uint8Array {
  const sealed = new Uint8Array(value.length + VALUE_OVERHEAD);
  sealed.set(value);
  new DataView(sealed.buffer).setFloat64(value.length, expiresAt, true);
  return sealed;
}

function toLiveEntry({ key, value, version, expired }: Stored): Entry | undefined {
  return expired ? undefined : { key, value, version };
}
