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

/**
 * Rows are what the platform bills, those of indexes and of SQLite's own tables included. So there is one table without
 * them, in which each write of a key is one row. Versions are random, so that none needs to be counted.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS kept (
    key BLOB PRIMARY KEY,
    value BLOB NOT NULL,
    version TEXT NOT NULL,
    expires_at REAL
  ) WITHOUT ROWID;
`;

/** What objects of earlier versions have: a table with two indexes and a count of versions. */
const EARLIER = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'entries'";

/** Moves everything, with its versions. */
const CONVERT = [
  "INSERT INTO kept SELECT key, value, CAST(id AS TEXT), expires_at FROM entries",
  "DROP TABLE entries",
];

/** Bytes of a version: no two of a key are ever the same, as far as chance goes. */
const VERSION_BYTES = 12;

const LIVE = "(expires_at IS NULL OR expires_at > ?)";

/** How long values that expired may stay when nobody asks for them. Without an index, each sweep reads all rows. */
const SWEEP_MS = 24 * 60 * 60 * 1000;

/**
 * The entries that one Durable Object keeps, in its SQLite database. Its runtime holds every reply back until what was
 * written before is durable.
 */
export class DurableObjectEntries {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec(SCHEMA);
    if (this.#run(EARLIER).length > 0) {
      storage.transactionSync(() => CONVERT.forEach((statement) => this.#run(statement)));
    }
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
      const version = crypto.getRandomValues(new Uint8Array(VERSION_BYTES)).toBase64();
      for (const { key, add, expiresAt = null, ...write } of writes) {
        const value = add === undefined
          ? write.value
          : counterBytes(counterValue(this.#live(key, now)) + add);
        if (value === undefined) {
          this.#run("DELETE FROM kept WHERE key = ?", key);
          continue;
        }
        this.#run(
          `INSERT INTO kept VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO
            UPDATE SET value = ?2, version = ?3, expires_at = ?4`,
          ...[key, value, version, expiresAt],
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
      `SELECT key, value, version FROM kept WHERE key > ? AND key < ? AND ${LIVE} ORDER BY key LIMIT ?`,
      after,
      end,
      now,
      limit,
    ).map(toStored);
  }

  /** Removes what has expired. To be called by the object's alarm. */
  async sweep(): Promise<void> {
    this.#run("DELETE FROM kept WHERE expires_at <= ?", Date.now());
    const [left] = this.#run("SELECT 1 FROM kept WHERE expires_at IS NOT NULL LIMIT 1");
    if (left !== undefined) await this.#sweepLater();
  }

  async #sweepLater(): Promise<void> {
    if (await this.#storage.getAlarm() !== null) return;
    await this.#storage.setAlarm(Date.now() + SWEEP_MS);
  }

  #live(key: Uint8Array, now: number): StoredEntry | undefined {
    const [row] = this.#run(
      `SELECT key, value, version FROM kept WHERE key = ? AND ${LIVE}`,
      key,
      now,
    );
    return row && toStored(row);
  }

  #run(query: string, ...bindings: readonly (SqlValue | Uint8Array)[]) {
    return this.#storage.sql.exec(query, ...bindings).toArray();
  }
}

function toStored({ key, value, version }: Record<string, SqlValue>): StoredEntry {
  return {
    key: new Uint8Array(key as ArrayBuffer),
    value: new Uint8Array(value as ArrayBuffer),
    version: `${version}`,
  };
}
