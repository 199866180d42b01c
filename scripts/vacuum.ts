/**
 * Gives the free space of a SQLite database back to the file system, has it do so by itself from then on, and converts a
 * database of an earlier version, which holds each key twice. Stop all servers that use it before.
 *
 * Ends with 2 and a message on standard error if the file cannot be used.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { convertTables } from "../src/store/sqlite_tables.ts";
import { UNUSABLE } from "./flags.ts";

const USAGE = "Usage: deno task vacuum FILE.db";

/** Bytes of the file before and after. */
async function vacuum(path: string): Promise<readonly [number, number]> {
  const { size: before } = await Deno.stat(path);
  const database = new DatabaseSync(path);
  try {
    // What else uses the file makes this fail, instead of the server that writes next.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;");
    convertTables(database);
    database.exec("PRAGMA auto_vacuum = INCREMENTAL; VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
  } finally {
    database.close();
  }
  return [before, (await Deno.stat(path)).size];
}

const [path, ...rest] = Deno.args;
if (path === undefined || rest.length > 0) {
  console.error(USAGE);
  Deno.exit(UNUSABLE);
}
try {
  const [before, after] = await vacuum(path);
  console.log(`${path}: ${before} bytes before, ${after} after`);
} catch (error) {
  console.error(`${path}: ${error instanceof Error ? error.message : error}\n${USAGE}`);
  Deno.exit(UNUSABLE);
}
