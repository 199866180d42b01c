import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "@std/testing/bdd";
import { StoreUnavailableError } from "../../src/store/errors.ts";
import { openPersistent } from "./open_persistent.ts";
import { testSharedStore } from "./shared_store_suite.ts";

/** Runs a function with the path of a file that is not there yet, in a folder that goes afterwards. */
export async function withFile(body: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(`${folder}/kv.sqlite3`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Keeps every other process and connection from writing until `release`. */
function lock(path: string): { release(): void } {
  // The store may just be writing something of its own.
  const database = new DatabaseSync(path, { timeout: 5_000 });
  database.exec("BEGIN EXCLUSIVE");
  return {
    release() {
      database.exec("ROLLBACK");
      database.close();
    },
  };
}

const WRITE = { key: ["a"], value: Uint8Array.of(1) };

/** What a store in a SQLite file has to do, beside what every shared one does: wait for the locks of others. */
export function testFileStore(name: "deno-kv" | "sqlite"): void {
  testSharedStore(name, withFile);

  describe(`${name}: in a file`, () => {
    it("waits for a locked database, and then writes", () =>
      withFile(async (path) => {
        const store = await openPersistent(name, path, { patience: 60_000 });
        const { release } = lock(path);
        setTimeout(release, 100);
        assert.deepEqual(await store.commit({ writes: [WRITE] }), { ok: true });
        assert.deepEqual((await store.get(["a"]))?.value, WRITE.value);
        await store.close();
      }));

    it("gives up when the database stays locked", () =>
      withFile(async (path) => {
        // Enough to open it on a busy machine.
        const store = await openPersistent(name, path, { patience: 500 });
        const { release } = lock(path);
        await assert.rejects(
          store.commit({ writes: [WRITE] }),
          (error) => error instanceof StoreUnavailableError && error.waited === 500,
        );
        release();
        assert.deepEqual(await store.commit({ writes: [WRITE] }), { ok: true });
        await store.close();
      }));

    it("stops waiting for a locked database when its signal aborts", () =>
      withFile(async (path) => {
        const store = await openPersistent(name, path, { patience: 60_000 });
        const { release } = lock(path);
        const controller = new AbortController();
        const reason = new Error("gone");
        setTimeout(() => controller.abort(reason), 30);
        await assert.rejects(store.commit({ writes: [WRITE] }, controller), reason);
        release();
        await store.close();
      }));

    it("lets failures through that waiting cannot mend", async () => {
      await assert.rejects(
        openPersistent(name, "/no/such/folder/kv.sqlite3"),
        (error) => !(error instanceof StoreUnavailableError),
      );
    });
  });
}
