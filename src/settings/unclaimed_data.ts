import { PUBLIC_TENANT, tenantOfDigest, type Tenants } from "../api/access/tenants.ts";
import type { KvStore } from "../store/kv_store.ts";

/** Hexadecimal digits of a digest that are shown: enough to find its entry. */
const SHOWN_DIGITS = 8;

/**
 * What is to be said of stored data that no key reaches, though it was probably meant to go on: what was stored without
 * keys before there were some, and what was stored for a key before it had a name.
 *
 * @returns a sentence for each, with what to set
 */
export async function unclaimedData(store: KvStore, tenants: Tenants): Promise<string[]> {
  const lost = async (tenant: string) =>
    !tenants.includes(tenant) && await holdsAnything(store, tenant);
  const told: string[] = [];
  if (await lost(PUBLIC_TENANT)) {
    told.push("No key reaches what was stored without keys: see TERN_TENANTS=NAME=public.");
  }
  for (const { name, digest } of tenants.keys) {
    if (name === undefined || !await lost(tenantOfDigest(digest))) continue;
    const entry = `sha256:${digest.slice(0, SHOWN_DIGITS)}...`;
    told.push(
      `No key reaches what was stored for ${entry} before it was named: see TERN_TENANTS=${name}=${entry}.`,
    );
  }
  return told;
}

async function holdsAnything(store: KvStore, tenant: string): Promise<boolean> {
  for await (const _ of store.list([tenant], { limit: 1 })) return true;
  return false;
}
