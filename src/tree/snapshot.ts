import { z } from "zod";
import { decodeState } from "../state/codec.ts";
import type { StateLayout } from "../state/layout.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import { readBlob, storedBlobSchema } from "../records/blob.ts";
import { StateNotKeptError } from "../records/errors.ts";
import { manifestKey } from "../records/keys.ts";
import { toLogits } from "./logits.ts";
import { decodeRecord } from "../records/record.ts";

/** Where a state stands in its chain of responses. */
const chainSchema = z.object({
  /** Counted from 1. */
  depth: z.int().positive(),
  /** The responses before it that had a state when this one was stored, and their depths: the oldest first. */
  kept: z.array(z.tuple([z.int().positive(), z.string()])),
  /** The latest response before those of which that is not known yet, and its depth. Absent: there is none. */
  earlier: z.tuple([z.int().positive(), z.string()]).exactOptional(),
});

/** Where a state stands in its chain of responses. */
export type Chain = z.infer<typeof chainSchema>;

/** A snapshot of a state: its bytes, and how many tokens it has read. */
export const manifestSchema = z.object({
  tokens: z.int().nonnegative(),
  state: storedBlobSchema,
  /** The scores of each possible next token, as float32, where an answer comes next. */
  logits: storedBlobSchema.optional(),
  /** Bytes that it counts for, if it is the state of a response. Absent where the response counts for them. */
  charged: z.int().nonnegative().default(0),
  /** Where it stands in its chain of responses, if states of that are left out. */
  chain: chainSchema.exactOptional(),
  /** Of a state that only saves work: the response whose state it was computed from, or `null` for the empty one. */
  base: z.string().nullable().exactOptional(),
  /** What the state after the prompt of this response is found by, if it was kept. */
  prompt: z.string().exactOptional(),
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

/** Gives what the states of a model are, by its fingerprint. If it is not known, those of any other. */
export type ExpectedStates = (modelFingerprint: string) => ExpectedState;

/** The state of a snapshot. */
export interface LoadedState {
  readonly state: RecurrentState;
  /** Tokens that it has read. */
  readonly tokens: number;
  /** The scores of each possible next token, `[V]`, if it was kept where an answer comes next. */
  readonly logits?: Float32Array<ArrayBuffer>;
  /** Of a state that only saves work: what it was computed from, as {@linkcode CachedSnapshot} says it. */
  readonly base?: string | null;
}

/**
 * The state of a snapshot, and how many tokens it has read.
 *
 * @param expected the model that it is for
 * @throws {StateNotKeptError} if it was removed.
 * @throws {CorruptSnapshotError} if it is damaged.
 * @throws {StateError} if it is not a state of this model: {@linkcode StateMismatchError} and its like.
 */
export async function loadState(
  store: KvStore,
  tenant: string,
  { manifest }: Snapshot,
  expected: ExpectedState,
  options?: StoreOptions,
): Promise<LoadedState> {
  const key = manifestKey(tenant, manifest);
  const entry = await store.get(key, options);
  if (entry === undefined) throw new StateNotKeptError(manifest);
  const { tokens, state, logits, base } = decodeRecord(manifestSchema, entry.value, manifest);
  const [bytes, scores] = await Promise.all([
    readBlob(store, tenant, state, options),
    logits && readBlob(store, tenant, logits, options),
  ]).catch(async (error) => {
    // It may have been removed between the two reads.
    if (await store.get(key, options) !== undefined) throw error;
    throw new StateNotKeptError(manifest, { cause: error });
  });
  return {
    state: await decodeState(bytes, expected),
    tokens,
    ...scores === undefined ? {} : { logits: toLogits(manifest, scores) },
    ...base === undefined ? {} : { base },
  };
}
