import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import {
  type DurableObjectNamespace,
  DurableObjectStore,
} from "../../src/store/durable_object_store.ts";
import { StoreKeyError } from "../../src/store/errors.ts";
import { testKvStore } from "../store/kv_store_suite.ts";
import { startWorkerd } from "./workerd.ts";

describe("On workerd", () => {
  let data: string;
  let workerd: Awaited<ReturnType<typeof startWorkerd>>;
  let namespace: DurableObjectNamespace;
  let objects = 0;

  beforeAll(async () => {
    data = await Deno.makeTempDir();
    workerd = await startWorkerd({}, data);
    const binding = await workerd.getDurableObjectNamespace("STORE");
    namespace = binding as unknown as DurableObjectNamespace;
  });

  afterAll(async () => {
    await workerd.dispose();
    await Deno.remove(data, { recursive: true });
  });

  testKvStore("DurableObjectStore", (now) => {
    // Each test has an object of its own, for all of its keys.
    const name = `suite-${objects++}`;
    return Promise.resolve(new DurableObjectStore({ namespace, now, objectOf: () => name }));
  });

  describe("DurableObjectStore: objects", () => {
    const value = new Uint8Array([1]);
    const open = () => new DurableObjectStore({ namespace, now: Date.now });

    it("keeps each tenant's keys in an object of its own, and finds them all", async () => {
      const store = open();
      for (const tenant of ["anna", "ben"]) {
        await store.commit({ writes: [{ key: [tenant, "k"], value }] });
      }
      const found = await store.getMany([["ben", "k"], ["carla", "k"], ["anna", "k"]]);
      assert.deepEqual(found.map((entry) => entry?.key[0]), ["ben", undefined, "anna"]);
      const own = new DurableObjectStore({ namespace, now: Date.now, objectOf: () => "anna" });
      const all = await Promise.all([["anna", "k"], ["ben", "k"]].map((key) => own.get(key)));
      assert.deepEqual(all.map((entry) => entry !== undefined), [true, false]);
    });

    it("refuses a commit for two objects, and writes nothing of it", async () => {
      const store = open();
      const writes = ["dora", "emil"].map((tenant) => ({ key: [tenant, "k"], value }));
      await assert.rejects(store.commit({ writes }), StoreKeyError);
      assert.deepEqual(await store.getMany([["dora", "k"], ["emil", "k"]]), [undefined, undefined]);
    });

    it("cannot list without being told whose", async () => {
      await assert.rejects(Array.fromAsync(open().list([])), StoreKeyError);
    });
  });
});
