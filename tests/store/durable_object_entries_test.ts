import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { DurableObjectEntries } from "../../src/store/durable_object_entries.ts";
import { storageOver } from "./local_objects.ts";

const key = new Uint8Array([1, 2]);

describe("DurableObjectEntries", () => {
  it("takes over what an earlier version has kept, with its versions and times", () => {
    const database = new DatabaseSync(":memory:");
    database.exec(`
      CREATE TABLE entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        key BLOB NOT NULL UNIQUE,
        value BLOB NOT NULL,
        expires_at REAL
      );
      CREATE INDEX expiring ON entries (expires_at) WHERE expires_at IS NOT NULL;
      INSERT INTO entries VALUES (7, x'0102', x'0a', NULL), (9, x'0103', x'0b', 500);
    `);
    const entries = new DurableObjectEntries(storageOver(database));
    assert.deepEqual(entries.getMany([key, new Uint8Array([1, 3])], 499).entries, [
      { key, value: new Uint8Array([10]), version: "7" },
      { key: new Uint8Array([1, 3]), value: new Uint8Array([11]), version: "9" },
    ]);
    assert.deepEqual(entries.getMany([new Uint8Array([1, 3])], 500).entries, [undefined]);
    // Once, and not again at the next start.
    new DurableObjectEntries(storageOver(database));
    assert.equal(entries.getMany([key], 0).entries[0]?.version, "7");
  });

  it("gives a key that was deleted and written again another version", async () => {
    const entries = new DurableObjectEntries(storageOver(new DatabaseSync(":memory:")));
    const versions = new Set<string | undefined>();
    for (let round = 0; round < 50; round++) {
      await entries.commit({ checks: [], writes: [{ key, value: key }] }, 0);
      versions.add(entries.getMany([key], 0).entries[0]?.version);
      await entries.commit({ checks: [], writes: [{ key }] }, 0);
    }
    assert.equal(versions.size, 50);
  });
});
