import type { Check, Write } from "../store/kv_store.ts";

/** Checks and writes that are committed together with others. */
export interface CommitPart {
  readonly checks: readonly Check[];
  readonly writes: readonly Write[];
}
