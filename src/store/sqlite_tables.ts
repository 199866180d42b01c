import type { DatabaseSync } from "node:sqlite";

/** Marks a file as ours, in SQLite's header: the letters TERN. */
export const APPLICATION_ID = 0x5445524e;

/**
 * Bytes of a small value at the most: of most records. States and what describes them are larger, and are deleted soon;
 * apart from the small ones their pages become free as a whole, instead of having gaps.
 */
const MOST_TOGETHER = 400;

/**
 * Keys and values in tables of their own, so that a key is stored once, and values lie in the order in which they were
 * first written, which SQLite packs more tightly than those in the order of keys. A value that is written again stays in
 * its place. The store uses the view `entries`, in which an insert replaces the entry with the same key.
 *
 * `id` is the version, which is never given out twice, not even for a key that was deleted and written again.
 */
const TABLES = `
  CREATE TABLE versions (last INTEGER NOT NULL) STRICT;
  INSERT INTO versions VALUES (0);
  CREATE TABLE keys (
    key BLOB PRIMARY KEY,
    id INTEGER NOT NULL,
    place INTEGER NOT NULL,
    expires_at REAL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX expiring ON keys (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE small_values (place INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;
  CREATE TABLE large_values (place INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;
  CREATE VIEW entries AS
    SELECT
      key,
      coalesce(
        (SELECT value FROM small_values WHERE place = keys.place),
        (SELECT value FROM large_values WHERE place = keys.place)
      ) AS value,
      id,
      expires_at
    FROM keys;
  CREATE TRIGGER insert_entry INSTEAD OF INSERT ON entries BEGIN
    UPDATE versions SET last = last + 1;
    INSERT INTO keys SELECT NEW.key, last, last, NEW.expires_at FROM versions WHERE true
      ON CONFLICT DO UPDATE SET id = excluded.id, expires_at = excluded.expires_at;
    ${insertBySize("small_values", `<= ${MOST_TOGETHER}`)}
    ${insertBySize("large_values", `> ${MOST_TOGETHER}`)}
  END;
  CREATE TRIGGER delete_entry INSTEAD OF DELETE ON entries BEGIN
    DELETE FROM small_values WHERE place = (SELECT place FROM keys WHERE key = OLD.key);
    DELETE FROM large_values WHERE place = (SELECT place FROM keys WHERE key = OLD.key);
    DELETE FROM keys WHERE key = OLD.key;
  END;
`;

/** Puts a value into the table for its size, and takes it out of one that was for its size before. */
function insertBySize(table: string, size: string): string {
  return `
    DELETE FROM ${table}
      WHERE place = (SELECT place FROM keys WHERE key = NEW.key) AND NOT length(NEW.value) ${size};
    INSERT INTO ${table}
      SELECT place, NEW.value FROM keys WHERE key = NEW.key AND length(NEW.value) ${size}
      ON CONFLICT DO UPDATE SET value = excluded.value;
  `;
}

/** What files of earlier versions have instead, each key twice: a table `entries` with an index over its keys. */
const EARLIER_TABLE = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'entries'";

/** Makes an insert into the earlier table replace an entry as well, on this connection: the file stays as it is. */
const REPLACE_EARLIER = `
  CREATE TEMP TRIGGER replace_entry BEFORE INSERT ON main.entries BEGIN
    DELETE FROM entries WHERE key = NEW.key;
  END;
`;

/**
 * Makes what the store reads and writes as `entries`, unless it is there. Files of earlier versions keep their one table,
 * with the same columns: converting it would take long, and servers of the earlier version may be using it.
 */
export function createTables(database: DatabaseSync): void {
  transaction(database, () => {
    const isThere = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'entries'").get();
    if (isThere === undefined) database.exec(TABLES);
    if (database.prepare(EARLIER_TABLE).get() !== undefined) database.exec(REPLACE_EARLIER);
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
      INSERT INTO keys SELECT key, id, id, expires_at FROM earlier ORDER BY key;
      INSERT INTO small_values
        SELECT id, value FROM earlier WHERE length(value) <= ${MOST_TOGETHER};
      INSERT INTO large_values
        SELECT id, value FROM earlier WHERE length(value) > ${MOST_TOGETHER};
      UPDATE versions
        SET last = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'earlier'), 0);
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
