import type { Pending } from "./intents.ts";
import type { Additions } from "./ledger.ts";
import type { StoredCheck, StoredWrite } from "./stored_entry.ts";

/** Entries that were read, and the undecided commits that may have changed them. */
export interface Reading<T> {
  readonly entries: T;
  readonly pending: readonly Pending[];
}

/** A commit, or the part of one that an object keeps. */
export interface StoredCommit {
  readonly checks: readonly StoredCheck[];
  readonly writes: readonly StoredWrite[];
  /** Amounts to add to counters of other objects by and by. */
  readonly owed?: Additions | undefined;
}

/** What an object is told of a commit that other objects have parts of, and that it decides. */
export interface Decision {
  readonly id: string;
  /** Whether it takes along what this object owes. */
  readonly takesOwed: boolean;
  /** Earlier commits of which every part is done. */
  readonly done: readonly string[];
}

/** What came of a commit, or of a part. */
export type Committed =
  | { readonly type: "made"; readonly additions: Additions }
  /** A check failed. */
  | { readonly type: "failed" }
  /** Others have to be decided first. */
  | { readonly type: "blocked"; readonly by: readonly Pending[] }
  /** It took so long that others aborted it. */
  | { readonly type: "aborted" };
