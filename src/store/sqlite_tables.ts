import type { DatabaseSync } from "node:sqlite";

/** Marks a file as ours, in SQLite's header: the letters TERN. */
export const APPLICATION_ID = 0x5445524e;

/**
 * Keys and values in a table each, so that a key is stored once and values of any size lie in a table by number, which
 * SQLite packs more tightly than one by key. The store reads and writes the view `entries`.
 *
 * `id` is the version: AUTOINCREMENT never gives one out twice, not even for a key that was deleted and written again.
 */
const TABLES = `
  CREATE TABLE contents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    value BLOB NOT NULL
  ) STRICT;
  CREATE TABLE keys (
    key BLOB PRIMARY KEY,
    id INTEGER NOT NULL,
    expires_at REAL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX expiring ON keys (expires_at) WHERE expires_at IS NOT NULL;
  CREATE VIEW entries AS
    SELECT key, value, id, expires_at FROM keys JOIN contents USING (id);
  CREATE TRIGGER insert_entry INSTEAD OF INSERT ON entries BEGIN
    INSERT INTO contents (value) VALUES (NEW.value);
    INSERT INTO keys VALUES (NEW.key, last_insert_rowid(), NEW.expires_at);
  END;
  CREATE TRIGGER delete_entry INSTEAD OF DELETE ON entries BEGIN
    DELETE FROM contents WHERE id = OLD.id;
    DELETE FROM keys WHERE key = OLD.key;
  END;
`;

/** What files of earlier versions have instead, each key twice: a table `entries` with an index over its keys. */
const EARLIER_TABLE = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'entries'";

/**
 * Makes what the store reads and writes as `entries`, unless it is there. Files of earlier versions keep their one table,
 * with the same columns: converting it would take long, and servers of the earlier version may be using it.
 */
export function createTables(database: DatabaseSync): void {
  transaction(database, () => {
    const isThere = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'entries'").get();
    if (isThere === undefined) database.exec(TABLES);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID};`);
  });
}

/** Converts a file of an earlier version, entry by entry with the same version each. */
export function convertTables(database: DatabaseSync): void {
  transaction(database, () => {
    if (database.prepare(EARLIER_TABLE).get() === undefined) return;
    database.exec("DROP INDEX IF EXISTS expiring; ALTER TABLE entries RENAME TO earlier;");
    database.exec(TABLES);
    database.exec(`
      INSERT INTO contents SELECT id, value FROM earlier;
      INSERT INTO keys SELECT key, id, expires_at FROM earlier ORDER BY key;
      DELETE FROM sqlite_sequence WHERE name = 'contents';
      UPDATE sqlite_sequence SET name = 'contents' WHERE name = 'earlier';
      DROP TABLE earlier;
    `);
  });
}

function transaction(database: DatabaseSync, change: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    change();
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
