import { DatabaseSync } from "node:sqlite";
import { databasePath, storeName } from "../../open_store.ts";
import { loadConfig } from "../../settings/config.ts";
import { UsageError } from "../usage_error.ts";

/** Milliseconds to wait for a server that is writing. */
const PATIENCE_MS = 10_000;

/**
 * Copies the database of some settings to a new file, as it is at one moment, without anything of a commit that is not
 * complete. Both stores in files are SQLite databases, of which SQLite makes the copy.
 *
 * @returns the bytes of the copy
 * @throws {UsageError} if the store is not a file, there is no database, or the copy exists
 * @throws {ConfigError} if the settings cannot be used
 */
export async function backUp(
  env: Readonly<Record<string, string>>,
  file: string,
): Promise<number> {
  const config = loadConfig(env);
  const database = databasePath(config);
  if (database === undefined) {
    throw new UsageError(
      `the store is ${storeName(config)}, not a file of this machine: copy it with its own tools`,
    );
  }
  if (!await exists(database)) throw new UsageError(`there is no database at ${database}`);
  if (await exists(file)) throw new UsageError(`${file} exists already`);
  // Until it is complete it has another name: a copy that was interrupted looks like a database.
  const part = `${file}.part`;
  await removeIfThere(part);
  try {
    copy(database, part);
    await Deno.rename(part, file);
  } catch (error) {
    await removeIfThere(part);
    throw error;
  }
  return (await Deno.stat(file)).size;
}

function copy(database: string, file: string): void {
  const source = new DatabaseSync(database, { readOnly: true });
  try {
    source.exec(`PRAGMA busy_timeout = ${PATIENCE_MS}`);
    source.prepare("VACUUM INTO ?").run(file);
  } finally {
    source.close();
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
