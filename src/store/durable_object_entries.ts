import { counterBytes, counterValue } from "./counter.ts";

/** A value that SQLite holds for a Durable Object. */
export type SqlValue = ArrayBuffer | string | number | null;

/** What this needs of the storage of a Durable Object that is backed by SQLite. */
export interface DurableObjectStorage {
  readonly sql: {
    exec(query: string, ...bindings: readonly (SqlValue | Uint8Array)[]): {
      toArray(): Record<string, SqlValue>[];
    };
  };
  transactionSync<T>(change: () => T): T;
  getAlarm(): Promise<number | null>;
  setAlarm(time: number): Promise<void>;
}

/** An entry as it crosses between objects. */
export interface StoredEntry {
  /** The key, encoded. */
  readonly key: Uint8Array;
  readonly value: Uint8Array<ArrayBuffer>;
  readonly version: string;
}

/** A change as it crosses between objects. With neither a value nor what is to be added, the key is deleted. */
export interface StoredWrite {
  readonly key: Uint8Array;
  readonly value?: Uint8Array;
  readonly add?: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** A condition as it crosses between objects. */
export interface StoredCheck {
  readonly key: Uint8Array;
  readonly version: string | undefined;
}

/** `id` is the version: AUTOINCREMENT never gives one out twice, not even for a key that was deleted and written again. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL UNIQUE,
    value BLOB NOT NULL,
    expires_at REAL
  );
  CREATE INDEX IF NOT EXISTS expiring ON entries (expires_at) WHERE expires_at IS NOT NULL;
`;

const LIVE = "(expires_at IS NULL OR expires_at > ?)";

/** How long values that expired may stay when nobody asks for them. */
const SWEEP_MS = 60 * 60 * 1000;

/**
 * The entries that one Durable Object keeps, in its SQLite database. Its runtime holds every reply back until what was
 * written before is durable.
 */
export class DurableObjectEntries {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec(SCHEMA);
  }

  getMany(keys: readonly Uint8Array[], now: number): (StoredEntry | undefined)[] {
    return keys.map((key) => this.#live(key, now));
  }

  /** Makes all changes if all checks hold, and tells whether they did. */
  async commit(
    checks: readonly StoredCheck[],
    writes: readonly StoredWrite[],
    now: number,
  ): Promise<boolean> {
    const holds = this.#storage.transactionSync(() => {
      if (checks.some(({ key, version }) => this.#live(key, now)?.version !== version)) {
        return false;
      }
      for (const { key, add, expiresAt = null, ...write } of writes) {
        const value = add === undefined
          ? write.value
          : counterBytes(counterValue(this.#live(key, now)) + add);
        // Not REPLACE, which keeps the id, and so the version, of nothing.
        this.#run("DELETE FROM entries WHERE key = ?", key);
        if (value === undefined) continue;
        this.#run(
          "INSERT INTO entries (key, value, expires_at) VALUES (?, ?, ?)",
          key,
          value,
          expiresAt,
        );
      }
      return true;
    });
    if (holds && writes.some(({ expiresAt }) => expiresAt !== undefined)) await this.#sweepLater();
    return holds;
  }

  /** Entries between two encodings, both excluded. */
  list(after: Uint8Array, end: Uint8Array, limit: number, now: number): StoredEntry[] {
    return this.#run(
      `SELECT key, value, id FROM entries WHERE key > ? AND key < ? AND ${LIVE} ORDER BY key LIMIT ?`,
      after,
      end,
      now,
      limit,
    ).map(toStored);
  }

  /** Removes what has expired. To be called by the object's alarm. */
  async sweep(): Promise<void> {
    this.#run("DELETE FROM entries WHERE expires_at <= ?", Date.now());
    const [left] = this.#run("SELECT 1 FROM entries WHERE expires_at IS NOT NULL LIMIT 1");
    if (left !== undefined) await this.#sweepLater();
  }

  async #sweepLater(): Promise<void> {
    if (await this.#storage.getAlarm() !== null) return;
    await this.#storage.setAlarm(Date.now() + SWEEP_MS);
  }

  #live(key: Uint8Array, now: number): StoredEntry | undefined {
    const [row] = this.#run(
      `SELECT key, value, id FROM entries WHERE key = ? AND ${LIVE}`,
      key,
      now,
    );
    return row && toStored(row);
  }

  #run(query: string, ...bindings: readonly (SqlValue | Uint8Array)[]) {
    return this.#storage.sql.exec(query, ...bindings).toArray();
  }
}

function toStored({ key, value, id }: Record<string, SqlValue>): StoredEntry {
  return {
    key: new Uint8Array(key as ArrayBuffer),
    value: new Uint8Array(value as ArrayBuffer),
    version: `${id}`,
  };
}
