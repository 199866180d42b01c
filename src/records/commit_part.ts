import type { Check, Write } from "../store/kv_store.ts";

/** What has to hold, and what is written, in a commit that has other parts too. */
export interface CommitPart {
  readonly checks: readonly Check[];
  readonly writes: readonly Write[];
}
