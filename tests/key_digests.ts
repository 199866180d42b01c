import { createHash } from "node:crypto";
import { DIGEST_PREFIX } from "../src/api/access/key_entry.ts";

/** The entry for each of these keys, as `TERN_API_KEYS` has it. */
export function keyDigests(...keys: readonly string[]): string[] {
  return keys.map((key) => DIGEST_PREFIX + createHash("sha256").update(key).digest("hex"));
}
