import { EVERYONE } from "../../src/records/keys.ts";
import { placeRecords } from "../../src/records/place_records.ts";
import { DurableObjectStore } from "../../src/store/durable_object_store.ts";
import { DEFAULT_ECONOMY } from "../../src/store/economy.ts";
import { LocalObjects } from "./local_objects.ts";

/** What tests of all stores expect: chunks and habits as of the others. */
class OfUsualChunks extends DurableObjectStore {
  override readonly economy = DEFAULT_ECONOMY;
}

/**
 * A store over Durable Objects in this process, with records placed as on Cloudflare. All objects that were used are
 * listed, since tests have any tenants and look at everything.
 */
export function openLocalObjects(now: () => number = Date.now): DurableObjectStore {
  const namespace = new LocalObjects(now);
  const isTenants = (name: string) => !name.includes("/");
  return new OfUsualChunks({
    namespace,
    now,
    placement: {
      ...placeRecords([]),
      // The objects of tenants list what is everyone's.
      objectsOf: ([first]) =>
        first === EVERYONE ? namespace.names.filter(isTenants) : namespace.names,
    },
  });
}
