import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { TextLineStream } from "@std/streams";
import { describe, it } from "@std/testing/bdd";
import { StoreUnavailableError } from "../../src/store/errors.ts";
import { openPersistent, type PersistentStore } from "./open_persistent.ts";

/** Runs a function with the path of a file that is not there yet, in a folder that goes afterwards. */
export async function withFile(body: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(`${folder}/kv.sqlite3`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function script(name: string, ...args: string[]): Deno.Command {
  const path = new URL(name, import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-kv", path, ...args],
    stdout: "piped",
    stderr: "inherit",
  });
}

/** Keeps every other process and connection from writing until `release`. */
function lock(path: string): { release(): void } {
  const database = new DatabaseSync(path);
  database.exec("BEGIN EXCLUSIVE");
  return {
    release() {
      database.exec("ROLLBACK");
      database.close();
    },
  };
}

const WRITE = { key: ["a"], value: Uint8Array.of(1) };

/**
 * What a store in a file has to do when it is opened again, shared with other processes, locked by them, or killed.
 */
export function testPersistentStore(name: PersistentStore): void {
  describe(`${name}: in a file`, () => {
    it("keeps its values in the file", () =>
      withFile(async (path) => {
        const first = await openPersistent(name, path);
        await first.commit({ writes: [WRITE] });
        await first.close();
        const second = await openPersistent(name, path);
        assert.deepEqual((await second.get(["a"]))?.value, WRITE.value);
        await second.close();
      }));

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

    it("loses no increment of two processes that hammer one counter", () =>
      withFile(async (path) => {
        const TIMES = 100;
        const processes = [1, 2].map(() =>
          script("counter_process.ts", name, path, String(TIMES)).output()
        );
        for (const { code } of await Promise.all(processes)) assert.equal(code, 0);
        const store = await openPersistent(name, path);
        const entry = await store.get(["counter"]);
        assert.equal(new TextDecoder().decode(entry?.value), String(2 * TIMES));
        await store.close();
      }));

    it("keeps every commit that a killed writer was told of, and no part of another", () =>
      withFile(async (path) => {
        const writer = script("writer_process.ts", name, path).spawn();
        const lines = writer.stdout
          .pipeThrough(new TextDecoderStream())
          .pipeThrough(new TextLineStream());
        let last = -1;
        for await (const line of lines) {
          last = Number(line);
          if (last === 20) writer.kill("SIGKILL");
        }
        await writer.status;
        assert.ok(last >= 20);
        const store = await openPersistent(name, path);
        const parts = new Map<string, number>();
        for await (const { key, value } of store.list(["w"])) {
          const commit = key[1]!;
          parts.set(commit, (parts.get(commit) ?? 0) + 1);
          assert.equal(value.length, 60 * 1024);
          assert.ok(value.every((byte) => byte === Number(commit) % 256));
        }
        for (let commit = 0; commit <= last; commit++) assert.equal(parts.get(String(commit)), 3);
        for (const [commit, count] of parts) assert.equal(count, 3, commit);
        await store.close();
      }));
  });
}
