import { afterAll, beforeAll, describe } from "@std/testing/bdd";
import {
  DURABLE_OBJECT_LIMITS,
  type DurableObjectNamespace,
  DurableObjectStore,
} from "../../src/store/durable_object_store.ts";
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
    // Each test has an object of its own.
    const name = `suite-${objects++}`;
    return Promise.resolve(new DurableObjectStore({ namespace, now, name }));
  }, DURABLE_OBJECT_LIMITS);
});
