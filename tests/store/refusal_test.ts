import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { DenoKvStore } from "../../src/store/deno_kv_store.ts";
import { type Refusal, StoreRefusedError } from "../../src/store/errors.ts";
import type { KvStore } from "../../src/store/kv_store.ts";
import { RedisStore } from "../../src/store/redis_store.ts";
import { refused } from "../../src/store/refusal.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import { withFile } from "./file_store_suite.ts";
import { hasRedis, startRedis } from "./redis_server.ts";

const PIECE = new Uint8Array(20_000);

/** Runs `mount` or `umount`. False if it is not permitted. */
function run(command: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(command, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** A small file system of its own. `undefined` if none may be mounted. */
function smallDisk() {
  const folder = Deno.makeTempDirSync();
  if (!run("mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", folder)) {
    Deno.removeSync(folder);
    return undefined;
  }
  return {
    folder,
    remount: (options: string) => assert(run("mount", "-o", `remount,${options}`, folder)),
    [Symbol.dispose]() {
      run("umount", folder);
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

const canMount = (() => {
  using disk = smallDisk();
  return disk !== undefined;
})();
if (!canMount) console.warn("SKIPPED: no tmpfs can be mounted, so full disks are not tested");

/** Writes until the store refuses. */
async function fill(
  store: KvStore,
): Promise<{ readonly written: number; readonly error: unknown }> {
  for (let n = 0; n < 1000; n++) {
    try {
      await store.commit({ writes: [{ key: ["a", `${n}`.padStart(4, "0")], value: PIECE }] });
    } catch (error) {
      return { written: n, error };
    }
  }
  throw new Error("the store was never full");
}

async function entries(store: KvStore): Promise<number> {
  return (await Array.fromAsync(store.list(["a"]))).length;
}

/** Asserts that this is a refusal of this kind. */
function assertRefused(error: unknown, refusal: Refusal): void {
  assert(error instanceof StoreRefusedError, String(error));
  assert.equal(error.refusal, refusal);
}

describe("a store that refuses", () => {
  for (
    const [name, open] of [
      ["SqliteStore", (path: string) => SqliteStore.open(path)],
      ["DenoKvStore", (path: string) => DenoKvStore.open(path)],
    ] as const
  ) {
    it(`is ${name} on a full disk, which loses nothing and goes on when there is room`, {
      ignore: !canMount,
    }, async () => {
      using disk = smallDisk()!;
      const store = await open(`${disk.folder}/store`);
      const { written, error } = await fill(store);
      assertRefused(error, "full");
      assert.match(String(error), /store: the disk or the memory of the database is full/);
      assert(written > 0);
      assert.equal(await entries(store), written);
      disk.remount("size=4m");
      assert.deepEqual(await store.commit({ writes: [{ key: ["a", "b"], value: PIECE }] }), {
        ok: true,
      });
      assert.equal(await entries(store), written + 1);
      await store.close();
    });
  }

  for (
    const [name, open] of [
      ["SqliteStore", (path: string) => SqliteStore.open(path)],
      ["DenoKvStore", (path: string) => DenoKvStore.open(path)],
    ] as const
  ) {
    for (const replaced of [false, true]) {
      it(`is ${name} whose file was ${replaced ? "replaced" : "removed"}`, () =>
        withFile(async (path) => {
          const store = await open(path);
          const write = { writes: [{ key: ["a", "b"], value: PIECE }] };
          await store.commit(write);
          await Deno.remove(path);
          if (replaced) await Deno.writeFile(path, PIECE);
          const operations = [
            store.commit(write),
            store.get(["a", "b"]),
            store.getMany([["a", "b"]]),
            entries(store),
          ];
          for (const result of await Promise.allSettled(operations)) {
            assert(result.status === "rejected");
            assertRefused(result.reason, "removed");
          }
          await store.close();
        }));
    }
  }

  it("is SqliteStore where the file system became read-only", { ignore: !canMount }, async () => {
    using disk = smallDisk()!;
    const path = `${disk.folder}/store`;
    const before = await SqliteStore.open(path);
    await before.commit({ writes: [{ key: ["a", "b"], value: PIECE }] });
    await before.close();
    disk.remount("ro");
    // Already when it is opened, which names the file.
    await assert.rejects(SqliteStore.open(path), /readonly|read-only|unable to open/i);
    disk.remount("rw");
    const after = await SqliteStore.open(path);
    assert.equal(await entries(after), 1);
    await after.close();
  });

  it("is SqliteStore where its file is damaged, and only there", () =>
    withFile(async (path) => {
      const store = await SqliteStore.open(path);
      await store.commit({
        writes: Array.from({ length: 40 }, (_, n) => ({ key: ["a", `${n}`], value: PIECE })),
      });
      await store.close();
      const bytes = await Deno.readFile(path);
      // The first pages hold the schema.
      bytes.fill(0xff, 16 * 4096);
      await Deno.writeFile(path, bytes);
      const damaged = await SqliteStore.open(path);
      await assert.rejects(entries(damaged), (error) => {
        assertRefused(error, "damaged");
        assert.match(String(error), new RegExp(`${path}: the database file is damaged`));
        return true;
      });
      await damaged.close();
    }));

  it("is RedisStore without memory, which goes on when there is some", {
    ignore: !hasRedis,
  }, async () => {
    await using server = await startRedis({
      maxmemory: "4mb",
      "maxmemory-policy": "noeviction",
    });
    const store = await RedisStore.open(server.url);
    const { written, error } = await fill(store);
    assertRefused(error, "full");
    assert.equal(await entries(store), written);
    await store.close();
  });

  it("is known by what databases say", () => {
    for (
      const [message, refusal] of [
        ["database or disk is full", "full"],
        ["OOM command not allowed when used memory > 'maxmemory'.", "full"],
        ["No space left on device (os error 28)", "full"],
        ["attempt to write a readonly database", "read-only"],
        ["READONLY You can't write against a read only replica.", "read-only"],
        ["Read-only file system (os error 30)", "read-only"],
        ["database disk image is malformed", "damaged"],
        ["file is not a database", "damaged"],
        ["disk I/O error", "failing"],
        ["unable to open database file", "failing"],
        ["Too many open files (os error 24)", "failing"],
        ["MISCONF Redis is configured to save RDB snapshots, but ...", "failing"],
      ] as const
    ) {
      const cause = new TypeError(message);
      const error = refused(cause, "db");
      assertRefused(error, refusal);
      assert.equal((error as Error).cause, cause);
    }
    for (const error of [new Error("UNIQUE constraint failed"), "database or disk is full", null]) {
      assert.equal(refused(error, "db"), error);
    }
  });
});
