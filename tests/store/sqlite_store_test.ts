import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "@std/testing/bdd";
import { ForeignValueError } from "../../src/store/errors.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import { testKvStore } from "./kv_store_suite.ts";
import { testFileStore, withFile } from "./file_store_suite.ts";

testKvStore("SqliteStore", (now) => SqliteStore.open(":memory:", { now }));
testFileStore("sqlite");

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

  it("opens a file of an earlier version, which does not shrink until it was vacuumed", () =>
    withFile(async (path) => {
      const before = new DatabaseSync(path);
      before.exec("PRAGMA application_id = 0x5445524e; PRAGMA journal_mode = WAL;");
      before.exec("CREATE TABLE some (id INTEGER);");
      before.close();
      const store = await SqliteStore.open(path);
      await store.commit({ writes: [{ key: ["a"], value: Uint8Array.of(1) }] });
      const version = (await store.get(["a"]))?.version;
      await store.close();
      const script = new URL("../../scripts/vacuum.ts", import.meta.url).pathname;
      const run = (...args: string[]) =>
        new Deno.Command(Deno.execPath(), { args: ["run", "-A", script, ...args] }).output();
      assert.equal((await run(path)).code, 0);
      const database = new DatabaseSync(path);
      assert.equal(database.prepare("PRAGMA auto_vacuum").get()?.["auto_vacuum"], 2);
      database.close();
      const again = await SqliteStore.open(path);
      assert.equal((await again.get(["a"]))?.version, version);
      await again.close();
      assert.equal((await run(`${path}.missing`)).code, 2);
      assert.equal((await run()).code, 2);
    }));
});
