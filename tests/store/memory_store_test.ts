import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { testKvStore } from "./kv_store_suite.ts";

testKvStore("MemoryStore", (now) => Promise.resolve(new MemoryStore({ now })));

describe("MemoryStore", () => {
  it("lists what there was at the start, less what ended since", async () => {
    const store = new MemoryStore();
    const value = new Uint8Array(1);
    await store.commit({ writes: ["1", "2", "3"].map((part) => ({ key: ["a", part], value })) });
    const parts: (string | undefined)[] = [];
    for await (const { key } of store.list(["a"])) {
      parts.push(key[1]);
      await store.commit({ writes: [{ key: ["a", "2"], delete: true }] });
    }
    assert.deepEqual(parts, ["1", "3"]);
    await store.close();
  });
});
