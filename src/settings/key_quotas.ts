import { isKeyDigest } from "../api/access/key_entry.ts";
import { isTenantName } from "../api/access/tenants.ts";
import { amount, listOf } from "./setting.ts";

/** What may be other for one tenant. */
const KEY_QUOTAS = ["bytes", "responses", "conversations", "age_days", "cache_bytes"] as const;

/** What is other for one tenant. */
export interface KeyQuota {
  /** The name of its keys, or `sha256:` and the lower-case hexadecimal digits of a key's digest. */
  readonly key: string;
  readonly quota: { readonly [Name in (typeof KEY_QUOTAS)[number]]?: number };
}

/** One entry of the setting: `sha256:0f... bytes=1000000`, or `acme bytes=1000000`. */
function toKeyQuota(entry: string): KeyQuota | undefined {
  const [whose = "", ...pairs] = entry.split(/ +/);
  const key = isKeyDigest(whose) ? whose.toLowerCase() : whose;
  if (!isKeyDigest(key) && !isTenantName(key)) return undefined;
  const quota: { [Name in (typeof KEY_QUOTAS)[number]]?: number } = {};
  for (const pair of pairs) {
    const [name, ...rest] = pair.split("=");
    const known = KEY_QUOTAS.find((quota) => quota === name);
    const value = amount(rest.join("="));
    if (known === undefined || value === undefined || known in quota) return undefined;
    quota[known] = value;
  }
  return { key, quota };
}

/** What is other for each of several tenants. */
export function keyQuotas(text: string): KeyQuota[] | undefined {
  const quotas = listOf(() => true)(text)!.map(toKeyQuota);
  const known = quotas.filter((quota) => quota !== undefined);
  const keys = new Set(known.map(({ key }) => key));
  return keys.size === quotas.length ? known : undefined;
}
