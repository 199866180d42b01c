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
});
