import { DatabaseSync, type StatementSync } from "node:sqlite";
import { slicing } from "../stream/slices.ts";
import { checkCommit } from "./check_commit.ts";
import { counterBytes, counterValue } from "./counter.ts";
import { DatabaseFile } from "./database_file.ts";
import { ForeignValueError, StoreClosedError } from "./errors.ts";
import { isLocked } from "./is_locked.ts";
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
import { ENTRIES_PER_PAGE } from "./limits.ts";
import { refused } from "./refusal.ts";
import { retry } from "./retry.ts";
import { APPLICATION_ID, createTables } from "./sqlite_tables.ts";

/** How long values that expired may stay in the file when nobody asks for them. */
const SWEEP_INTERVAL_MS = 60_000;

/** Deleted keys after which it is looked whether the file has pages to give back. */
const DELETES_PER_LOOK = 32;

/** Free pages that stay in the file, because they are soon used again: at least so many, or one of so many pages. */
const SPARE_PAGES = 256;
const SPARE_PART = 16;

/** Free pages that one commit gives back at the most, so that none takes long: 2 MB. */
const PAGES_PER_COMMIT = 512;

/** Bytes that the write-ahead log keeps after all of it was copied to the database. */
const WAL_BYTES = 4 * 1024 * 1024;

const LIVE = "(expires_at IS NULL OR expires_at > ?)";

/** Options of {@linkcode SqliteStore.open}. */
export interface SqliteOptions extends StoreOptions {
  /** The time, milliseconds since the epoch. */
  readonly now?: () => number;
  /** Milliseconds to wait for one operation, when other processes have locked the database. */
  readonly patience?: number;
}

/**
 * A store in a SQLite file, which several processes of one machine may share: in WAL mode, so that readers never wait,
 * and with each commit on the disk before it is reported (`synchronous = FULL`). What is deleted goes back to the file
 * system, a little with each commit that deletes (`auto_vacuum = INCREMENTAL`).
 *
 * SQLite computes on this thread. It is never left to wait for a lock there; that is done here, with pauses.
 */
export class SqliteStore implements KvStore {
  readonly #database: DatabaseSync;
  readonly #path: string;
  /** `undefined` for a database in memory. */
  readonly #file: DatabaseFile | undefined;
  readonly #statements = new Map<string, StatementSync>();
  readonly #now: () => number;
  readonly #patience: number;
  #lastSweep: number;
  /** Keys that were deleted since it was last looked whether there are pages to give back. */
  #deleted = 0;
  #closed = false;

  private constructor(
    database: DatabaseSync,
    path: string,
    now: () => number,
    patience: number,
  ) {
    this.#database = database;
    this.#path = path;
    this.#file = path === ":memory:" ? undefined : new DatabaseFile(path);
    this.#now = now;
    this.#patience = patience;
    this.#lastSweep = now();
  }

  /**
   * Opens the database, and makes it if there is none.
   *
   * @param path the file, or `":memory:"`
   * @throws {StoreUnavailableError} if other processes keep it locked.
   * @throws {ForeignValueError} if it is another program's.
   */
  static async open(path: string, options: SqliteOptions = {}): Promise<SqliteStore> {
    const { now = Date.now, patience = 10_000, signal } = options;
    const database = new DatabaseSync(path, { timeout: 0 });
    try {
      // deno-lint-ignore require-await -- so that it rejects, and does not throw
      await retry(async () => prepare(database, path), { isTransient: isLocked, patience, signal });
      return new SqliteStore(database, path, now, patience);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  async get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    const [entry] = await this.getMany([key], options);
    return entry;
  }

  async getMany(keys: readonly Key[], options?: StoreOptions): Promise<(Entry | undefined)[]> {
    const encoded = keys.map(encodeValueKey);
    return await this.#run(() => encoded.map((key) => this.#live(key)), options);
  }

  async commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    this.#requireOpen();
    checkCommit(commit);
    const ok = await this.#run(() => this.#transaction(() => this.#apply(commit)), options);
    return { ok };
  }

  async *list(prefix: Key, options: ListOptions = {}): AsyncGenerator<Entry> {
    const { limit = Infinity } = options;
    this.#requireOpen();
    const { after, end } = encodeRange(prefix, options.after);
    let last = after;
    const pause = slicing();
    for (let left = limit; left > 0;) {
      const page = await this.#run(() => {
        const from = [toBytes(last), toBytes(end), this.#now()];
        return this.#statement(
          `SELECT key, value, id FROM entries WHERE key > ? AND key < ? AND ${LIVE} ORDER BY key LIMIT ?`,
        ).all(...from, Math.min(ENTRIES_PER_PAGE, left)).map(toEntry);
      }, options);
      yield* page;
      if (page.length < ENTRIES_PER_PAGE) return;
      await pause();
      last = encodeValueKey(page.at(-1)!.key);
      left -= page.length;
    }
  }

  close(): Promise<void> {
    if (!this.#closed) this.#database.close();
    this.#closed = true;
    return Promise.resolve();
  }

  /** Inside a transaction: whether all checks held, so that all was written. */
  #apply({ checks = [], writes }: Commit): boolean {
    this.#sweep();
    for (const { key, version } of checks) {
      if (this.#live(encodeValueKey(key))?.version !== version) return false;
    }
    const remove = this.#statement("DELETE FROM entries WHERE key = ?");
    const insert = this.#statement("INSERT INTO entries (key, value, expires_at) VALUES (?, ?, ?)");
    for (const write of writes) {
      const encoded = encodeValueKey(write.key);
      const key = toBytes(encoded);
      const counted = "add" in write ? counterValue(this.#live(encoded)) + write.add : 0;
      if ("delete" in write) {
        remove.run(key);
        continue;
      }
      if ("add" in write) {
        insert.run(key, counterBytes(counted), null);
        continue;
      }
      const { value, expireIn } = write;
      insert.run(key, value, expireIn === undefined ? null : this.#now() + expireIn);
    }
    this.#deleted += writes.filter((write) => "delete" in write).length;
    if (this.#deleted >= DELETES_PER_LOOK) {
      this.#deleted = 0;
      this.#giveBack();
    }
    return true;
  }

  /** Inside a transaction: shrinks the file by free pages, if there are more than will soon be used again. */
  #giveBack(): void {
    const [{ free, pages } = { free: 0, pages: 0 }] = this.#statement(
      "SELECT freelist_count AS free, page_count AS pages FROM pragma_freelist_count, pragma_page_count",
    ).all() as { free: number; pages: number }[];
    const excess = free - Math.max(SPARE_PAGES, Math.ceil(pages / SPARE_PART));
    if (excess <= 0) return;
    // Each row of its result is a page: `exec` would stop at the first. Does nothing in files of earlier versions.
    this.#statement(`PRAGMA incremental_vacuum(${PAGES_PER_COMMIT})`).all();
  }

  #live(encoded: string): Entry | undefined {
    const row = this.#statement(`SELECT key, value, id FROM entries WHERE key = ? AND ${LIVE}`)
      .get(toBytes(encoded), this.#now());
    return row && toEntry(row);
  }

  #sweep(): void {
    const now = this.#now();
    if (now - this.#lastSweep < SWEEP_INTERVAL_MS) return;
    this.#lastSweep = now;
    this.#statement("DELETE FROM entries WHERE expires_at <= ?").run(now);
  }

  /** Makes all changes, or none when it throws or says no. */
  #transaction(change: () => boolean): boolean {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const done = change();
      this.#database.exec(done ? "COMMIT" : "ROLLBACK");
      return done;
    } catch (error) {
      // SQLite has rolled back itself after some failures.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  async #run<T>(operation: () => T, options: StoreOptions | undefined): Promise<T> {
    // deno-lint-ignore require-await -- so that it rejects, and does not throw
    const attempt = async (): Promise<T> => {
      this.#requireOpen();
      this.#file?.requirePresent();
      try {
        return operation();
      } catch (error) {
        throw refused(error, this.#path);
      }
    };
    const { signal } = options ?? {};
    return await retry(attempt, { isTransient: isLocked, patience: this.#patience, signal });
  }

  #requireOpen(): void {
    if (this.#closed) throw new StoreClosedError();
  }
}

/** @throws {ForeignValueError} */
function prepare(database: DatabaseSync, path: string): void {
  const [{ application_id, tables } = {}] = database.prepare(
    "SELECT application_id, (SELECT count(*) FROM sqlite_schema) AS tables FROM pragma_application_id",
  ).all();
  if (application_id !== APPLICATION_ID && tables !== 0) throw new ForeignValueError(path);
  // It can only be set while there are no tables. `deno task vacuum` does it for files of earlier versions.
  if (tables === 0) database.exec("PRAGMA auto_vacuum = INCREMENTAL;");
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${WAL_BYTES};`,
  );
  createTables(database);
}

function toBytes(encoded: string): Uint8Array {
  return Uint8Array.from(encoded, (byte) => byte.charCodeAt(0));
}

/** @throws {ForeignValueError} */
function toEntry({ key, value, id }: Record<string, unknown>): Entry {
  if (!(key instanceof Uint8Array) || !(value instanceof Uint8Array)) {
    throw new ForeignValueError(`${key}`);
  }
  const encoded = Array.from(key, (byte) => String.fromCharCode(byte)).join("");
  return { key: decodeKey(encoded), value: new Uint8Array(value), version: `${id}` };
}
