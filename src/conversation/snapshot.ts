import { decodeState } from "../state/codec.ts";
import type { StateLayout } from "../state/layout.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import { readBlob } from "./blob.ts";
import { CorruptSnapshotError } from "./errors.ts";
import { manifestKey, prefixKey } from "./keys.ts";
import { decodeRecord, manifestSchema, prefixSchema } from "./records.ts";

/** Prefixes that are looked up at once. */
const PREFIXES_PER_READ = 30;

/** Leads to a stored state. A {@linkcode ResponseNode} is one too. */
export interface Snapshot {
  readonly manifest: string;
}

/** The snapshot of a beginning of a conversation. */
export interface FoundPrefix {
  readonly snapshot: Snapshot;
  /** Messages that its state has read: so many from the beginning. */
  readonly depth: number;
}

/** What a state must be of. */
export interface ExpectedState {
  readonly layout: StateLayout;
  readonly modelFingerprint: string;
}

/**
 * The state of a snapshot, and how many tokens it has read.
 *
 * @param expected the model that it is for
 * @throws {CorruptSnapshotError} if it has gone or is damaged.
 * @throws {StateError} if it is not a state of this model: {@linkcode StateMismatchError} and its like.
 */
export async function loadState(
  store: KvStore,
  tenant: string,
  { manifest }: Snapshot,
  expected: ExpectedState,
  options?: StoreOptions,
): Promise<{ state: RecurrentState; tokens: number }> {
  const entry = await store.get(manifestKey(tenant, manifest), options);
  if (entry === undefined) throw new CorruptSnapshotError(manifest, "its manifest is missing");
  const { tokens, state } = decodeRecord(manifestSchema, entry.value, manifest);
  const bytes = await readBlob(store, tenant, state, options);
  return { state: await decodeState(bytes, expected), tokens };
}

/**
 * The longest beginning of a conversation whose state is kept.
 *
 * If loading it fails with a {@linkcode CorruptSnapshotError}, look again with `hashes.slice(0, depth - 1)`.
 *
 * @param hashes the {@linkcode prefixHashes} of the messages
 * @throws {CorruptSnapshotError} if the entry of the index cannot be read.
 */
export async function deepestPrefix(
  store: KvStore,
  tenant: string,
  hashes: readonly string[],
  options?: StoreOptions,
): Promise<FoundPrefix | undefined> {
  for (let end = hashes.length; end > 0; end -= PREFIXES_PER_READ) {
    const start = Math.max(0, end - PREFIXES_PER_READ);
    const keys = hashes.slice(start, end).map((hash) => prefixKey(tenant, hash));
    const entries = await store.getMany(keys, options);
    const index = entries.findLastIndex((entry) => entry !== undefined);
    const entry = entries[index];
    if (entry === undefined) continue;
    const depth = start + index + 1;
    const { manifest } = decodeRecord(prefixSchema, entry.value, `prefix ${hashes[depth - 1]}`);
    return { snapshot: { manifest }, depth };
  }
  return undefined;
}
