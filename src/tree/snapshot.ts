import { z } from "zod";
import { decodeState } from "../state/codec.ts";
import type { StateLayout } from "../state/layout.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import { readBlob, storedBlobSchema } from "../records/blob.ts";
import { CorruptSnapshotError } from "../records/errors.ts";
import { manifestKey } from "../records/keys.ts";
import { toLogits } from "./logits.ts";
import { decodeRecord } from "../records/record.ts";

/** A snapshot of a state: its bytes, and how many tokens it has read. */
export const manifestSchema = z.object({
  tokens: z.int().nonnegative(),
  state: storedBlobSchema,
  /** The scores of each possible next token, as float32, where an answer comes next. */
  logits: storedBlobSchema.optional(),
});

/** Leads to a stored state. A {@linkcode ResponseNode} is one too. */
export interface Snapshot {
  readonly manifest: string;
}

/** The snapshot of a beginning of a conversation. */
export interface FoundPrefix {
  readonly snapshot: Snapshot;
  /** Which of the names that were looked for, counted from 1: with {@linkcode prefixHashes}, messages that it has read. */
  readonly depth: number;
}

/** What a state must be of. */
export interface ExpectedState {
  readonly layout: StateLayout;
  readonly modelFingerprint: string;
}

/** The state of a snapshot. */
export interface LoadedState {
  readonly state: RecurrentState;
  /** Tokens that it has read. */
  readonly tokens: number;
  /** The scores of each possible next token, `[V]`, if it was kept where an answer comes next. */
  readonly logits?: Float32Array<ArrayBuffer>;
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
): Promise<LoadedState> {
  const entry = await store.get(manifestKey(tenant, manifest), options);
  if (entry === undefined) throw new CorruptSnapshotError(manifest, "its manifest is missing");
  const { tokens, state, logits } = decodeRecord(manifestSchema, entry.value, manifest);
  const [bytes, scores] = await Promise.all([
    readBlob(store, tenant, state, options),
    logits && readBlob(store, tenant, logits, options),
  ]);
  return {
    state: await decodeState(bytes, expected),
    tokens,
    ...scores === undefined ? {} : { logits: toLogits(manifest, scores) },
  };
}
