import { counterBytes, counterValue } from "./counter.ts";
import { decodeIntents, encodeIntent, MAX_PIECES } from "./intent_record.ts";
import { type Intent, Intents } from "./intents.ts";
import { type Additions, Ledger, type Outcome } from "./ledger.ts";
import type { Committed, Decision, Reading, StoredCommit } from "./stored_commit.ts";
import type { StoredCheck, StoredEntry, StoredWrite } from "./stored_entry.ts";

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

/** What an object keeps for itself is named by keys before those of all entries, which begin with 0x02. */
const LEDGER = new Uint8Array([0, 0]);
const INTENT = [0, 1];
const AFTER_INTENTS = new Uint8Array([0, 2]);

/** Milliseconds after which a commit may be aborted by those whom it blocks. */
const ABORT_AFTER_MS = 2_000;

/**
 * The entries that one Durable Object keeps, in its SQLite database. Its runtime holds every reply back until what was
 * written before is durable.
 *
 * A commit over several objects has two phases. All objects but one, the home, {@linkcode prepare} their parts: the
 * keys are locked, and the part is durable. The home then makes its own part by {@linkcode commit}, which decides. At
 * last the others {@linkcode finish} theirs. Whoever meets the lock of a writer that died asks the home for the
 * {@linkcode outcome}, and finishes the part itself.
 */
export class DurableObjectEntries {
  readonly #storage: DurableObjectStorage;
  readonly #clock: () => number;
  readonly #intents = new Intents();

  /** @param clock milliseconds since the epoch, by which commits are given up */
  constructor(storage: DurableObjectStorage, clock: () => number = Date.now) {
    this.#storage = storage;
    this.#clock = clock;
    storage.sql.exec(SCHEMA);
    if (this.#run(EARLIER).length > 0) {
      storage.transactionSync(() => CONVERT.forEach((statement) => this.#run(statement)));
    }
    const first = new Uint8Array(INTENT);
    const query = "SELECT value FROM kept WHERE key > ? AND key < ? ORDER BY key";
    const rows = this.#run(query, first, AFTER_INTENTS);
    const pieces = rows.map(({ value }) => new Uint8Array(value as ArrayBuffer));
    for (const intent of decodeIntents(pieces)) this.#intents.add(intent);
  }

  getMany(
    keys: readonly Uint8Array[],
    now: number,
  ): Reading<(StoredEntry | undefined)[]> {
    const entries = keys.map((key) => this.#live(key, now));
    return { entries, pending: this.#intents.changing(keys) };
  }

  /**
   * Makes all changes if all checks hold.
   *
   * @param decision of a commit that other objects have parts of
   */
  async commit(commit: StoredCommit, now: number, decision?: Decision): Promise<Committed> {
    const by = this.#intents.conflicting(commit.checks, commit.writes);
    if (by.length > 0) return { type: "blocked", by };
    const committed = this.#storage.transactionSync((): Committed => {
      const ledger = this.#ledger(commit, decision);
      if (decision !== undefined && ledger?.outcome(decision.id).type === "aborted") {
        return { type: "aborted" };
      }
      if (!this.#holds(commit.checks, now)) return { type: "failed" };
      this.#write(commit.writes, now);
      if (ledger === undefined) return { type: "made", additions: {} };
      ledger.owe(commit.owed ?? {});
      ledger.forget(decision?.done ?? []);
      const additions = decision === undefined ? {} : ledger.make(decision.id, decision.takesOwed);
      this.#put(LEDGER, ledger.encode());
      return { type: "made", additions };
    });
    if (committed.type === "made") await this.#expireLater(commit.writes);
    return committed;
  }

  /** Locks the keys of a part and keeps it, if its checks hold. */
  prepare(intent: Omit<Intent, "at">, now: number): Committed {
    const by = this.#intents.conflicting(intent.checks, intent.writes);
    if (by.length > 0) return { type: "blocked", by };
    if (!this.#holds(intent.checks, now)) return { type: "failed" };
    const kept = { ...intent, at: this.#clock() };
    this.#storage.transactionSync(() => {
      for (const [index, piece] of encodeIntent(kept).entries()) {
        this.#put(intentKey(intent.id, index), piece);
      }
    });
    this.#intents.add(kept);
    return { type: "made", additions: {} };
  }

  /** Makes a part that was prepared, with additions to its counters, or drops it if its commit was not made. */
  async finish(id: string, additions: Additions | undefined, now: number): Promise<void> {
    const intent = this.#intents.get(id);
    if (intent === undefined) return;
    const writes = additions === undefined ? [] : [
      ...intent.writes,
      ...Object.entries(additions).map(([key, add]) => ({ key: Uint8Array.fromHex(key), add })),
    ];
    this.#storage.transactionSync(() => {
      this.#write(writes, now);
      this.#run(
        "DELETE FROM kept WHERE key >= ? AND key <= ?",
        intentKey(id, 0),
        intentKey(id, MAX_PIECES),
      );
    });
    this.#intents.delete(id);
    await this.#expireLater(writes);
  }

  /**
   * What became of a commit that this object decides.
   *
   * @param since when its writer began, to abort it if that is too long ago
   */
  outcome(id: string, since?: number): Outcome {
    return this.#storage.transactionSync(() => {
      const ledger = Ledger.decode(this.#kept(LEDGER));
      const outcome = ledger.outcome(id);
      const time = this.#clock();
      if (outcome.type !== "undecided" || since === undefined) return outcome;
      if (since + ABORT_AFTER_MS > time) return outcome;
      ledger.abort(id, time);
      this.#put(LEDGER, ledger.encode());
      return { type: "aborted" };
    });
  }

  /** Entries between two encodings, both excluded. */
  list(
    after: Uint8Array,
    end: Uint8Array,
    limit: number,
    now: number,
  ): Reading<StoredEntry[]> {
    const entries = this.#run(
      `SELECT key, value, version FROM kept WHERE key > ? AND key < ? AND ${LIVE} ORDER BY key LIMIT ?`,
      after,
      end,
      now,
      limit,
    ).map(toStored);
    return { entries, pending: this.#intents.changingRange(after, end) };
  }

  /** Removes what has expired. To be called by the object's alarm. */
  async sweep(): Promise<void> {
    this.#run("DELETE FROM kept WHERE expires_at <= ?", Date.now());
    const [left] = this.#run("SELECT 1 FROM kept WHERE expires_at IS NOT NULL LIMIT 1");
    if (left !== undefined) await this.#sweepLater();
  }

  /** What a commit may have to read and change of the ledger. */
  #ledger(
    { owed = {} }: StoredCommit,
    decision: Decision | undefined,
  ): Ledger | undefined {
    if (decision === undefined && Object.keys(owed).length === 0) return undefined;
    return Ledger.decode(this.#kept(LEDGER));
  }

  #holds(checks: readonly StoredCheck[], now: number): boolean {
    return checks.every(({ key, version }) => this.#live(key, now)?.version === version);
  }

  #write(writes: readonly StoredWrite[], now: number): void {
    const version = newVersion();
    for (const { key, add, expiresAt, ...write } of writes) {
      const value = add === undefined
        ? write.value
        : counterBytes(counterValue(this.#live(key, now)) + add);
      if (value === undefined) this.#run("DELETE FROM kept WHERE key = ?", key);
      else this.#put(key, value, version, expiresAt);
    }
  }

  #put(
    key: Uint8Array,
    value: Uint8Array,
    version = newVersion(),
    expiresAt: number | null = null,
  ): void {
    this.#run(
      `INSERT INTO kept VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO
        UPDATE SET value = ?2, version = ?3, expires_at = ?4`,
      ...[key, value, version, expiresAt],
    );
  }

  #kept(key: Uint8Array): Uint8Array | undefined {
    const [row] = this.#run("SELECT value FROM kept WHERE key = ?", key);
    return row && new Uint8Array(row.value as ArrayBuffer);
  }

  async #expireLater(writes: readonly StoredWrite[]): Promise<void> {
    if (writes.some(({ expiresAt }) => expiresAt !== undefined)) await this.#sweepLater();
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

function newVersion(): string {
  return crypto.getRandomValues(new Uint8Array(VERSION_BYTES)).toBase64();
}

/** The row of a piece of an intent. Ids are of one length. */
function intentKey(id: string, piece: number): Uint8Array {
  return new Uint8Array([...INTENT, ...new TextEncoder().encode(id), piece]);
}
