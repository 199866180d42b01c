import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { DenoKvStore } from "../../src/store/deno_kv_store.ts";
import { ForeignValueError } from "../../src/store/errors.ts";
import { testKvStore } from "./kv_store_suite.ts";
import { testFileStore, withFile } from "./file_store_suite.ts";

testKvStore("DenoKvStore", (now) => DenoKvStore.open(":memory:", { now }));
testFileStore("deno-kv");

describe("DenoKvStore", () => {
  it("refuses values of another program", () =>
    withFile(async (path) => {
      const kv = await Deno.openKv(path);
      await kv.set(["text"], "not bytes");
      await kv.set(["short"], new Uint8Array(7));
      await kv.set(["n", 5], new Uint8Array(8));
      kv.close();
      const store = await DenoKvStore.open(path);
      await assert.rejects(store.get(["text"]), ForeignValueError);
      await assert.rejects(store.get(["short"]), ForeignValueError);
      await assert.rejects(Array.fromAsync(store.list(["n"])), ForeignValueError);
      await store.close();
    }));
});
