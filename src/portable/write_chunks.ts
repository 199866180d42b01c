import type { Commit, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { LeaseLostError } from "../records/errors.ts";
import type { ImportNote } from "./import_note.ts";

/** Writes of one commit that have the size of a chunk: with room beside them for records. */
const WRITES_PER_COMMIT = 10;

/**
 * Writes what is large first, and in the last commit the records with it.
 *
 * @param commit makes the last commit
 */
export async function writeChunks(
  store: KvStore,
  chunks: Write[],
  records: readonly Write[],
  note: ImportNote,
  options: StoreOptions | undefined,
  commit = async (last: Commit) => (await store.commit(last, options)).ok,
): Promise<void> {
  for (let at = 0;; at += WRITES_PER_COMMIT) {
    const last = at + WRITES_PER_COMMIT >= chunks.length;
    const part = {
      checks: [await note.check(options)],
      writes: [...chunks.slice(at, at + WRITES_PER_COMMIT), ...last ? records : []],
    };
    const ok = last ? await commit(part) : (await store.commit(part, options)).ok;
    if (!ok) throw new LeaseLostError("that is being imported");
    if (last) return;
  }
}
