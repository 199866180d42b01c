import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** What a database takes of its disk, in bytes. */
export interface DiskUse {
  /** Of the database file, its write-ahead log, and what else belongs to it. */
  readonly bytes: number;
  /** Left on the disk for this process. */
  readonly free: number;
}

/** SQLite's names of the files beside a database. */
const SUFFIXES = ["", "-wal", "-shm", "-journal"] as const;

/**
 * What a SQLite database takes of its disk.
 *
 * @param path a file in a folder that exists
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "12345");
 * assert.equal((await diskUse(path)).bytes, 5);
 * await Deno.remove(path);
 * ```
 */
export async function diskUse(path: string): Promise<DiskUse> {
  const sizes = await Promise.all(SUFFIXES.map((suffix) => sizeOf(path + suffix)));
  const { bavail, bsize } = await statfs(dirname(path));
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), free: bavail * bsize };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
