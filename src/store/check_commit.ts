import { counterBytes } from "./counter.ts";
import { StoreLimitError } from "./errors.ts";
import { encodeValueKey } from "./key.ts";
import type { Commit } from "./kv_store.ts";
import { STORE_LIMITS, type StoreLimits, VALUE_OVERHEAD } from "./limits.ts";

/**
 * Refuses a commit that some adapter could not make, so that none does.
 *
 * @throws {StoreLimitError} if it is too large.
 * @throws {StoreKeyError} if a key cannot be used.
 * @throws {RangeError} if a time to live is not a whole number of milliseconds above 0, or what is added is not whole.
 */
export function checkCommit(
  { checks = [], writes }: Commit,
  limits: StoreLimits = STORE_LIMITS,
): void {
  const requireWithin = (limit: keyof StoreLimits, actual: number): void => {
    if (actual > limits[limit]) throw new StoreLimitError(limit, actual, limits[limit]);
  };
  let commitBytes = 0;
  let commitKeyBytes = 0;
  requireWithin("commitChecks", checks.length);
  requireWithin("commitWrites", writes.length);
  for (const { key } of checks) commitBytes += encodeValueKey(key).length;
  for (const write of writes) {
    const keyBytes = encodeValueKey(write.key).length;
    commitBytes += keyBytes;
    if ("delete" in write) continue;
    commitKeyBytes += keyBytes;
    if ("add" in write) {
      if (!Number.isSafeInteger(write.add)) {
        throw new RangeError(`What is added has to be a whole number, not ${write.add}`);
      }
      commitBytes += keyBytes + counterBytes(write.add).length + VALUE_OVERHEAD;
      continue;
    }
    requireWithin("valueBytes", write.value.length);
    commitBytes += keyBytes + write.value.length + VALUE_OVERHEAD;
    const { expireIn = 1 } = write;
    if (!Number.isSafeInteger(expireIn) || expireIn <= 0) {
      throw new RangeError(`expireIn has to be a whole number above 0, not ${expireIn}`);
    }
  }
  requireWithin("commitBytes", commitBytes);
  requireWithin("commitKeyBytes", commitKeyBytes);
}
