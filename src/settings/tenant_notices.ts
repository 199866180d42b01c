import { DIGEST_PREFIX, isKeyDigest } from "../api/access/key_entry.ts";
import { type TenantClaim, Tenants } from "../api/access/tenants.ts";
import type { KeyQuota } from "./key_quotas.ts";

/** The settings that name tenants. */
export interface TenantSettings {
  readonly apiKeys: readonly string[];
  readonly tenants: readonly TenantClaim[];
  readonly keyQuotas: readonly KeyQuota[];
}

/**
 * What is to be said of settings that name tenants and may not do what was meant: names that no key has, and two
 * entries for one tenant.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const keyQuotas = [{ key: "acme", quota: { bytes: 1 } }];
 * assert.deepEqual(tenantNotices({ apiKeys: [], tenants: [], keyQuotas }), [
 *   "TERN_KEY_QUOTAS names acme, and no key in TERN_API_KEYS has this name.",
 * ]);
 * ```
 */
export function tenantNotices({ apiKeys, tenants: claims, keyQuotas }: TenantSettings): string[] {
  const tenants = new Tenants(apiKeys, claims);
  const names = new Set(tenants.keys.map(({ name }) => name));
  const nameless = (variable: string, used: readonly string[]) =>
    used.filter((name) => !names.has(name))
      .map((name) => `${variable} names ${name}, and no key in TERN_API_KEYS has this name.`);
  const [digests, named] = [true, false].map((isDigest) =>
    keyQuotas.map(({ key }) => key).filter((key) => isKeyDigest(key) === isDigest)
  ) as [string[], string[]];
  const limited = [
    ...named.map((name) => tenants.ofName(name)),
    ...digests.map((key) => tenants.ofDigest(key.slice(DIGEST_PREFIX.length))),
  ];
  return [
    ...nameless("TERN_TENANTS", claims.map(({ name }) => name)),
    ...nameless("TERN_KEY_QUOTAS", named),
    ...new Set(limited).size === limited.length
      ? []
      : ["TERN_KEY_QUOTAS has several entries for one tenant, of which only one holds."],
  ];
}
