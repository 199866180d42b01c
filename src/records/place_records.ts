import { StoreKeyError } from "../store/errors.ts";
import type { Key } from "../store/kv_store.ts";
import type { Placement } from "../store/placement.ts";
import { bornPrefix, EVERYONE, LEASES } from "./keys.ts";
import { homeOf } from "./home.ts";

/** Records that lie with the conversation of the id, which is the third part of their keys. */
const OF_CONVERSATIONS = ["run", "log", "node", "ref", "head", "chunk", "manifest"];

/**
 * One object for each conversation, and a small one for each tenant, with lists, quotas and what only saves work. No two
 * tenants have an object in common.
 *
 * @param tenants of which what is everyone's can be listed
 * @see docs/deploy.md
 */
export function placeRecords(tenants: readonly string[]): Placement {
  const sorted = tenants.toSorted((a, b) => a < b ? -1 : 1);
  const objectOf = (key: Key): string => {
    const isEveryones = key[0] === EVERYONE;
    const [tenant = "", id = ""] = isEveryones ? key.slice(2) : [key[0], key[2]];
    const kept = isEveryones ? key[1] === LEASES[1] : OF_CONVERSATIONS.includes(key[1] ?? "");
    const home = kept ? homeOf(id) : undefined;
    return home === undefined ? tenant : `${tenant}/${home}`;
  };
  return {
    objectOf,
    objectsOf(prefix) {
      if (prefix[0] === EVERYONE && prefix.length === 2) return sorted;
      if (prefix[0] === EVERYONE ? prefix.length >= 3 : prefix.length >= 2) {
        const ofConversations = prefix[0] !== EVERYONE && OF_CONVERSATIONS.includes(prefix[1]!);
        if (!ofConversations || prefix.length >= 3) {
          return [prefix[0] === EVERYONE ? prefix[2]! : objectOf(prefix)];
        }
      }
      throw new StoreKeyError(prefix, "what continues it is spread over many Durable Objects");
    },
    listedBy: ([first, kind, tenant]) =>
      first === EVERYONE && kind === LEASES[1] ? tenant : undefined,
    isHint: ([first, kind]) => first === EVERYONE && kind === bornPrefix("")[1],
    mayLag: ([, kind]) => kind === "usage",
  };
}
