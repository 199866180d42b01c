import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { CHUNK_BYTES, readBlob, splitBlob } from "../../src/records/blob.ts";
import { BlobTooLargeError } from "../../src/records/errors.ts";
import { STORE_LIMITS } from "../../src/store/limits.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";

describe("blobs", () => {
  for (const size of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]) {
    it(`come back whole from ${Math.ceil(size / CHUNK_BYTES)} chunks of ${size} bytes`, async () => {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i % 251);
      const { blob, writes } = await splitBlob("tenant", "blob", bytes);
      assert.equal(writes.length, Math.ceil(size / CHUNK_BYTES));
      const store = new MemoryStore();
      await store.commit({ writes });
      assert.deepEqual(await readBlob(store, "tenant", blob), bytes);
      await store.close();
    });
  }

  it("are cut as their store wants it, and come back whole whatever it wants later", async () => {
    const bytes = Uint8Array.from({ length: 2500 }, (_, i) => i % 251);
    for (const [chunkBytes, count] of [[1000, 3], [2500, 1], [CHUNK_BYTES, 1]] as const) {
      const { blob, writes } = await splitBlob("tenant", "blob", bytes, { chunkBytes });
      assert.equal(writes.length, count);
      const store = new MemoryStore();
      await store.commit({ writes });
      assert.deepEqual(await readBlob(store, "tenant", blob), bytes);
      await store.close();
    }
  });

  it("may hold the largest state there is, and their record still fits a value", async () => {
    // RWKV-7 13.3B in f32.
    const { blob } = await splitBlob("tenant", "blob".repeat(8), new Uint8Array(65_961_984));
    assert.ok(JSON.stringify(blob).length < STORE_LIMITS.valueBytes - 1000);
  });

  it("are refused when their record would not fit a value", async () => {
    const bytes = new Uint8Array(1300 * CHUNK_BYTES + 1);
    await assert.rejects(
      splitBlob("tenant", "blob", bytes),
      (error) => error instanceof BlobTooLargeError && error.maximum === bytes.length - 1,
    );
  });
});
