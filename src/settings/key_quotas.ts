import { amount, listOf } from "./setting.ts";

/** What may be other for one key. */
const KEY_QUOTAS = ["bytes", "responses", "conversations", "age_days", "cache_bytes"] as const;

/** What is other for one key. */
export interface KeyQuota {
  /** SHA-256 of the key, in hexadecimal digits. */
  readonly digest: string;
  readonly quota: { readonly [Name in (typeof KEY_QUOTAS)[number]]?: number };
}

/** One entry of the setting: `sha256:0f... bytes=1000000`. */
function toKeyQuota(entry: string): KeyQuota | undefined {
  const [key = "", ...pairs] = entry.split(/ +/);
  const digest = key.startsWith("sha256:") ? key.slice("sha256:".length).toLowerCase() : "";
  if (!/^[0-9a-f]{64}$/.test(digest)) return undefined;
  const quota: { [Name in (typeof KEY_QUOTAS)[number]]?: number } = {};
  for (const pair of pairs) {
    const [name, ...rest] = pair.split("=");
    const known = KEY_QUOTAS.find((quota) => quota === name);
    const value = amount(rest.join("="));
    if (known === undefined || value === undefined || known in quota) return undefined;
    quota[known] = value;
  }
  return { digest, quota };
}

/** What is other for each of several keys. */
export function keyQuotas(text: string): KeyQuota[] | undefined {
  const quotas = listOf(() => true)(text)!.map(toKeyQuota);
  const known = quotas.filter((quota) => quota !== undefined);
  const digests = new Set(known.map(({ digest }) => digest));
  return digests.size === quotas.length ? known : undefined;
}
