import { parseKeyEntry } from "../api/access/key_entry.ts";
import { isTenantName, parseTenantClaim, type TenantClaim } from "../api/access/tenants.ts";
import { listOf } from "./setting.ts";

/** The entries of the list of keys. `undefined` if one is none, or if a key is given two names. */
export function apiKeys(text: string): string[] | undefined {
  const entries = listOf((entry) => parseKeyEntry(entry) !== undefined)(text);
  if (entries === undefined) return undefined;
  const names = new Map<string, string | undefined>();
  for (const { name, digest } of entries.map((entry) => parseKeyEntry(entry)!)) {
    if (name !== undefined && !isTenantName(name)) return undefined;
    if (names.has(digest) && names.get(digest) !== name) return undefined;
    names.set(digest, name);
  }
  return entries;
}

/** What names of keys have that was stored before. `undefined` if one has two, or two have one. */
export function tenantClaims(text: string): TenantClaim[] | undefined {
  const entries = listOf((entry) => parseTenantClaim(entry) !== undefined)(text);
  if (entries === undefined) return undefined;
  const claims = entries.map((entry) => parseTenantClaim(entry)!);
  const names = new Set(claims.map(({ name }) => name));
  const tenants = new Set(claims.map(({ tenant }) => tenant));
  return names.size === claims.length && tenants.size === claims.length ? claims : undefined;
}
