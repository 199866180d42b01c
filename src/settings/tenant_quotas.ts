import { DIGEST_PREFIX, isKeyDigest } from "../api/access/key_entry.ts";
import { Tenants } from "../api/access/tenants.ts";
import type { Config } from "./config.ts";
import type { Quota, Quotas } from "../limits/quota.ts";

/** What the settings write for any amount. */
const ANY = 0;

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The quotas that the settings give to each tenant.
 *
 * @param requireSpace called before anything new is stored; throws if the disk is too full for it
 */
export function quotasOf(config: Config, requireSpace: () => void = () => {}): Quotas {
  const everybody: Quota = {
    bytes: bound(config.maxStoredBytes),
    responses: bound(config.maxResponses),
    conversations: bound(config.maxConversations),
    ageMs: bound(config.maxAgeDays) * DAY_MS,
    // Here 0 is nothing.
    cacheBytes: config.cacheBytes,
    requireSpace,
  };
  const tenants = new Tenants(config.apiKeys, config.tenants);
  const own = new Map(config.keyQuotas.map(({ key, quota }) => {
    const { bytes, responses, conversations, age_days, cache_bytes } = quota;
    const tenant = isKeyDigest(key)
      ? tenants.ofDigest(key.slice(DIGEST_PREFIX.length))
      : tenants.ofName(key);
    return [tenant, {
      bytes: bytes === undefined ? everybody.bytes : bound(bytes),
      responses: responses === undefined ? everybody.responses : bound(responses),
      conversations: conversations === undefined ? everybody.conversations : bound(conversations),
      ageMs: age_days === undefined ? everybody.ageMs : bound(age_days) * DAY_MS,
      cacheBytes: cache_bytes ?? everybody.cacheBytes,
      requireSpace,
    }];
  }));
  return (tenant) => own.get(tenant) ?? everybody;
}

function bound(amount: number): number {
  return amount === ANY ? Infinity : amount;
}
