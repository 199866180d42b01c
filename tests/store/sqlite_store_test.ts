import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "@std/testing/bdd";
import { ForeignValueError } from "../../src/store/errors.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import { testKvStore } from "./kv_store_suite.ts";
import { testFileStore, withFile } from "./file_store_suite.ts";

testKvStore("SqliteStore", (now) => SqliteStore.open(":memory:", { now }));
testFileStore("sqlite");

/** Versions that a file of an earlier version has given out, the last of them to an entry that was deleted. */
const EARLIER_VERSIONS = 7;

/** A store in a file with the table of earlier versions, and an entry `["a"]`. */
async function openEarlier(path: string): Promise<SqliteStore> {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA application_id = 0x5445524e;
    PRAGMA journal_mode = WAL;
    CREATE TABLE entries (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      key BLOB NOT NULL UNIQUE,
      value BLOB NOT NULL,
      expires_at REAL
    ) STRICT;
    CREATE INDEX expiring ON entries (expires_at) WHERE expires_at IS NOT NULL;
    INSERT INTO entries VALUES (5, x'026100', x'01', NULL), (${EARLIER_VERSIONS}, x'027a00', x'00', NULL);
    DELETE FROM entries WHERE id = ${EARLIER_VERSIONS};
  `);
  database.close();
  return await SqliteStore.open(path);
}

describe("SqliteStore", () => {
  it("leaves the database of another program alone", () =>
    withFile(async (path) => {
      const other = new DatabaseSync(path);
      other.exec("CREATE TABLE entries (name TEXT)");
      other.close();
      await assert.rejects(SqliteStore.open(path), ForeignValueError);
    }));

  it("refuses a file that is no database", () =>
    withFile(async (path) => {
      await Deno.writeTextFile(path, "what is this?".repeat(1000));
      await assert.rejects(SqliteStore.open(path), /not a database/);
    }));

  it("takes values that expired out of the file, in time", () =>
    withFile(async (path) => {
      let time = 1_000_000;
      const store = await SqliteStore.open(path, { now: () => time });
      const value = new Uint8Array(1);
      await store.commit({ writes: [{ key: ["old"], value, expireIn: 10 }] });
      await store.commit({ writes: [{ key: ["kept"], value }] });
      time += 120_000;
      await store.commit({ writes: [{ key: ["new"], value }] });
      await store.close();
      const database = new DatabaseSync(path);
      assert.equal(database.prepare("SELECT count(*) AS n FROM entries").get()?.["n"], 2);
      database.close();
    }));

  it("reads while another connection writes", () =>
    withFile(async (path) => {
      const store = await SqliteStore.open(path, { patience: 50 });
      await store.commit({ writes: [{ key: ["a"], value: Uint8Array.of(1) }] });
      const writer = new DatabaseSync(path);
      writer.exec("BEGIN IMMEDIATE");
      assert.deepEqual((await store.get(["a"]))?.value, Uint8Array.of(1));
      writer.exec("ROLLBACK");
      writer.close();
      await store.close();
    }));

  it("gives the space of what was deleted back to the disk", () =>
    withFile(async (path) => {
      const store = await SqliteStore.open(path);
      const value = new Uint8Array(60_000);
      const keys = Array.from({ length: 200 }, (_, i) => ["a", String(i).padStart(3, "0")]);
      for (const key of keys) await store.commit({ writes: [{ key, value }] });
      const [kept, ...rest] = keys;
      for (const key of rest) await store.commit({ writes: [{ key, delete: true }] });
      assert.deepEqual((await store.get(kept!))?.value, value);
      await store.close();
      const { size } = await Deno.stat(path);
      assert.ok(size < 5_000_000, `${size} bytes of 12 million are left`);
    }));

  it("goes on with a file of an earlier version, and vacuum converts it", () =>
    withFile(async (path) => {
      const store = await openEarlier(path);
      await store.commit({ writes: [{ key: ["b"], value: Uint8Array.of(2), expireIn: 60_000 }] });
      const entries = () => store.getMany([["a"], ["b"], ["c"]]);
      const before = await entries();
      await store.close();
      const script = new URL("../../scripts/vacuum.ts", import.meta.url).pathname;
      const run = (...args: string[]) =>
        new Deno.Command(Deno.execPath(), { args: ["run", "-A", script, ...args] }).output();
      assert.equal((await run(path)).code, 0);
      const database = new DatabaseSync(path);
      assert.equal(database.prepare("PRAGMA auto_vacuum").get()?.["auto_vacuum"], 2);
      database.close();
      const again = await SqliteStore.open(path);
      assert.deepEqual(await again.getMany([["a"], ["b"], ["c"]]), before);
      await again.commit({ writes: [{ key: ["a"], value: Uint8Array.of(3) }] });
      const { version } = (await again.get(["a"]))!;
      assert.ok(Number(version) > EARLIER_VERSIONS, "no version is given out twice");
      await again.close();
      assert.equal((await run(`${path}.missing`)).code, 2);
      assert.equal((await run()).code, 2);
    }));
});
