import { afterAll, beforeAll, describe } from "@std/testing/bdd";
import { DURABLE_OBJECT_LIMITS, DurableObjectStore } from "../../src/store/durable_object_store.ts";
import { inOneObject, type Placement } from "../../src/store/placement.ts";
import type { DurableObjectNamespace } from "../../src/store/remote_object.ts";
import { testKvStore } from "../store/kv_store_suite.ts";
import { startWorkerd } from "./workerd.ts";

/** Keys of one beginning in three objects, so that most commits of several keys are over several objects. */
function spread(name: string): Placement {
  const OBJECTS = 3;
  const objectAt = (index: number) => `${name}-${index % OBJECTS}`;
  return {
    objectOf: (key) => {
      const last = key.join().slice(-3);
      return objectAt(Array.from(last).reduce((sum, char) => sum + char.charCodeAt(0), 0));
    },
    objectsOf: () => Array.from({ length: OBJECTS }, (_, index) => objectAt(index)),
  };
}

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

  // Each test has objects of its own.
  for (
    const [title, place] of [
      ["in one object", () => inOneObject(`suite-${objects++}`)],
      ["spread over three", () => spread(`suite-${objects++}`)],
    ] as const
  ) {
    testKvStore(`DurableObjectStore, ${title}`, (now) => {
      return Promise.resolve(new DurableObjectStore({ namespace, now, placement: place() }));
    }, DURABLE_OBJECT_LIMITS);
  }
});
