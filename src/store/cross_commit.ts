import { StoreUnavailableError } from "./errors.ts";
import type { Pending } from "./intents.ts";
import type { Additions } from "./ledger.ts";
import type { StoreOptions } from "./kv_store.ts";
import { type Part, PATIENCE_MS, type RemoteObject } from "./remote_object.ts";
import type { Committed } from "./stored_commit.ts";
import { sleep } from "../stream/sleep.ts";

/** Bytes of the random name of a commit. */
const ID_BYTES = 12;

/** The longest pause before a commit that was in the way is looked at again, and the longest one of all. */
const FIRST_PAUSE_MS = 8;
const LONGEST_PAUSE_MS = 250;

/** Where commits over several objects are made. */
export interface CrossCommitParts {
  readonly object: (name: string) => RemoteObject;
  /** Which of the amounts an object adds to counters of its own. */
  readonly additionsOf: (name: string, additions: Additions) => Additions;
  /** Commits of which every part is done, by the object that decided them: what it may forget. */
  readonly done: Map<string, string[]>;
}

/** A commit, by the objects that keep it. */
export interface CrossCommit {
  /** The object that decides. */
  readonly home: string;
  readonly parts: ReadonlyMap<string, Part>;
  /** Amounts that the home adds to counters of other objects later. */
  readonly owed: Additions;
  /** Whether it takes along what the home owes. */
  readonly takesOwed: boolean;
}

/**
 * Makes a commit over one or several objects, atomically: see `DurableObjectEntries`.
 *
 * @returns whether all checks held
 * @throws {StoreUnavailableError} if other commits are in the way for too long.
 */
export async function crossCommit(
  parts: CrossCommitParts,
  commit: CrossCommit,
  options?: StoreOptions,
): Promise<boolean> {
  const started = performance.now();
  for (let attempt = 1;; attempt++) {
    const result = await tryOnce(parts, commit, options);
    if (result.type === "made") return true;
    if (result.type === "failed") return false;
    if (performance.now() - started > PATIENCE_MS) throw new StoreUnavailableError(PATIENCE_MS, {});
    if (result.type === "aborted") continue;
    for (const [name, by] of result.by) await settle(parts, name, by, true, options);
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
    await sleep(Math.random() * longest, options?.signal ?? new AbortController().signal);
  }
}

/** What came of one attempt. */
type Attempt =
  | Exclude<Committed, { type: "blocked" }>
  | { readonly type: "blocked"; readonly by: readonly (readonly [string, readonly Pending[]])[] };

async function tryOnce(
  { object, additionsOf, done }: CrossCommitParts,
  { home, parts, owed, takesOwed }: CrossCommit,
  options: StoreOptions | undefined,
): Promise<Attempt> {
  const own = { ...parts.get(home) ?? { checks: [], writes: [] }, owed };
  const others = [...parts].filter(([name]) => name !== home);
  const toAttempt = (name: string, result: Committed): Attempt =>
    result.type === "blocked" ? { type: "blocked", by: [[name, result.by]] } : result;
  if (others.length === 0) {
    return toAttempt(home, await object(home).commit(own, undefined, options));
  }
  const id = crypto.getRandomValues(new Uint8Array(ID_BYTES)).toHex();
  const prepared: string[] = [];
  const finish = (additions?: Additions) =>
    Promise.all(
      prepared.map((name) => object(name).finish(id, additions && additionsOf(name, additions))),
    );
  // In the order of their names, so that two commits never wait for each other.
  for (const [name, part] of others.toSorted(([a], [b]) => a < b ? -1 : 1)) {
    prepared.push(name);
    const result = await object(name).prepare({ id, home, ...part }, options);
    if (result.type === "made") continue;
    prepared.pop();
    await finish();
    return toAttempt(name, result);
  }
  const earlier = done.get(home) ?? [];
  const decision = { id, takesOwed, done: earlier };
  const result = await object(home).commit(own, decision, options);
  if (result.type !== "made") {
    await finish();
    return toAttempt(home, result);
  }
  // It is made. Should this fail, whoever reads what it has changed finishes it.
  try {
    await finish(result.additions);
    const left = (done.get(home) ?? []).filter((other) => !earlier.includes(other));
    done.set(home, [...left, id]);
  } catch {
    // Nothing is lost.
  }
  return result;
}

/**
 * Finishes parts of commits whose writers may have died.
 *
 * @param name the object that keeps the parts
 * @param mayAbort whether commits are given up that take too long
 * @returns whether what the object keeps has changed
 */
export async function settle(
  { object, additionsOf }: Pick<CrossCommitParts, "object" | "additionsOf">,
  name: string,
  pending: readonly Pending[],
  mayAbort: boolean,
  options?: StoreOptions,
): Promise<boolean> {
  let changed = false;
  for (const commit of pending) {
    const outcome = await object(commit.home).outcome(commit, mayAbort, options);
    if (outcome.type === "undecided") continue;
    const additions = outcome.type === "made" ? additionsOf(name, outcome.additions) : undefined;
    await object(name).finish(commit.id, additions, options);
    changed ||= outcome.type === "made";
  }
  return changed;
}
