import { z } from "zod";
import type { Message } from "../prompt/message.ts";
import { storedBlobSchema } from "../records/blob.ts";
import { UnknownResponseError } from "../records/errors.ts";
import { isResponseId } from "../records/ids.ts";
import { nodeKey } from "../records/keys.ts";
import { decodeRecord } from "../records/record.ts";
import { STATE_PRECISIONS, type StatePrecision } from "../state/precision.ts";
import type { Check, KvStore, StoreOptions } from "../store/kv_store.ts";
import { slicing } from "../stream/slices.ts";

/** What is known of a response before it is stored. */
export interface NewResponseNode {
  /** In the form that {@linkcode isResponseId} asks for. */
  readonly id: string;
  /** The response that this one continues. */
  readonly parent: string | null;
  /** The system message of this turn, if it had one. */
  readonly instructions: string | null;
  /** What this turn added: the new messages, then the answer. */
  readonly messages: readonly Message[];
  /** What clients call each of the messages. */
  readonly itemIds?: readonly string[];
  /** Model, engine and precision that made the answer. */
  readonly engineFingerprint: string;
  /** The seed that tokens were drawn with. */
  readonly seed: number;
  /** How its state can be computed again. Absent: it cannot, and so it is always kept. */
  readonly computed?: Computed;
}

/** How a state was computed. */
export interface Computed {
  /** The response whose state was gone on from. `null`: the empty state. */
  readonly base: string | null;
  /** The tokens that were read since. */
  readonly tokens: readonly number[];
}

/** A stored response: one node of the tree of a tenant's conversations. It never changes. */
export interface ResponseNode extends NewResponseNode {
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** The snapshot of the state after the answer. */
  readonly manifest: string;
  /** The hash of all messages that this state has read. */
  readonly prefix: string;
  /** Tokens that this state has read in all. */
  readonly tokens: number;
  readonly modelFingerprint: string;
  /** How its state was rounded. */
  readonly precision: StatePrecision;
}

/** A stored response, but for what was said: that may be larger than a value, and is a blob. */
export const nodeSchema = z.object({
  id: z.string(),
  parent: z.string().nullable(),
  createdAt: z.number(),
  manifest: z.string(),
  prefix: z.string(),
  log: storedBlobSchema,
  /** Bytes that it counts for. */
  charged: z.int().nonnegative().default(0),
  tokens: z.int().nonnegative(),
  /** Kept only because others need it: no longer there for clients, and cannot be continued. */
  deleted: z.boolean(),
  modelFingerprint: z.string(),
  engineFingerprint: z.string(),
  seed: z.number(),
  /**
   * What its state was computed from: the state of this response, or the empty one for `null`. The tokens that were read
   * since are in the log. Absent: it cannot be computed again, and so it is always kept.
   */
  base: z.string().nullable().exactOptional(),
  /** How its state was rounded: see `roundState`. */
  precision: z.enum(STATE_PRECISIONS).default("f32"),
});

/** The record of a stored response. */
export type StoredNode = z.infer<typeof nodeSchema>;

/**
 * The record of a response that is stored, be it only because others continue it.
 *
 * @throws {UnknownResponseError} if this tenant has none of this id.
 */
export async function loadNode(
  store: KvStore,
  tenant: string,
  id: string,
  options?: StoreOptions,
): Promise<StoredNode> {
  return (await readNode(store, tenant, id, options)).node;
}

/**
 * What a commit has to check so that a response is still there when something refers to it.
 *
 * @throws {UnknownResponseError} if this tenant has none of this id, or has deleted it.
 */
export async function nodeCheck(
  store: KvStore,
  tenant: string,
  id: string,
  options?: StoreOptions,
): Promise<Check> {
  const { node, check } = await readNode(store, tenant, id, options);
  if (node.deleted) throw new UnknownResponseError(id);
  return check;
}

/**
 * A response and all before it, the latest first. Yields to the event loop between slices of the walk, which includes
 * what its caller does with each response.
 *
 * @throws {UnknownResponseError} if one is not stored.
 */
export async function* ancestry(
  store: KvStore,
  tenant: string,
  id: string | null,
  options?: StoreOptions,
): AsyncGenerator<StoredNode> {
  const pause = slicing();
  for (let at = id; at !== null;) {
    await pause();
    const node = await loadNode(store, tenant, at, options);
    yield node;
    at = node.parent;
  }
}

async function readNode(
  store: KvStore,
  tenant: string,
  id: string,
  options: StoreOptions | undefined,
): Promise<{ readonly node: StoredNode; readonly check: Check }> {
  const key = nodeKey(tenant, id);
  const entry = isResponseId(id) ? await store.get(key, options) : undefined;
  if (entry === undefined) throw new UnknownResponseError(id);
  return {
    node: decodeRecord(nodeSchema, entry.value, id),
    check: { key, version: entry.version },
  };
}
