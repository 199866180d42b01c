import { UnknownResponseError } from "../records/errors.ts";
import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import { ancestry } from "../tree/response_node.ts";
import { readRun } from "../tree/run.ts";
import type { Item } from "../tree/transcript.ts";
import { readHead } from "./head.ts";
import { allItems } from "./items.ts";
import { endsOf } from "./move_head.ts";

/** A point from which a conversation can be continued. */
export interface PointInConversation {
  /** The response whose state is continued. `null`: the empty state. */
  readonly head: string | null;
  /** The items after that, which no state has read. */
  readonly items: readonly Item[];
}

/**
 * Finds what is continued after a response without an answer of its own: one that was cancelled, or is paused.
 *
 * @throws {ResponseNotFinishedError} if it is still running, or failed
 */
export type StoppedPoint = (response: string) => Promise<PointInConversation>;

/** Reads conversations. */
interface PointParts {
  readonly store: KvStore;
  readonly tenant: string;
  /** The conversation. */
  readonly id: string;
}

/**
 * Finds the point after a response of a conversation: a node of the tree, or a response that was stopped on the way.
 *
 * @throws {UnknownResponseError} if it is not on a branch of the conversation.
 */
export async function pointAfter(
  parts: PointParts,
  response: string,
  stopped: StoppedPoint,
  options?: StoreOptions,
): Promise<PointInConversation> {
  if (await isNodeOf(parts, response, options)) return { head: response, items: [] };
  const { store, tenant, id } = parts;
  const { run } = await readRun(store, tenant, response, options);
  if (run.conversation !== id && !await isSaidIn(parts, response, options)) {
    throw new UnknownResponseError(response);
  }
  const point = await stopped(response);
  // It may have finished in the meantime.
  if (point.head !== response || await isNodeOf(parts, response, options)) return point;
  throw new UnknownResponseError(response);
}

/** Whether a response is on a branch of the conversation. */
async function isNodeOf(
  { store, tenant, id }: PointParts,
  response: string,
  options: StoreOptions | undefined,
): Promise<boolean> {
  const { head } = await readHead(store, tenant, id, options);
  for (const end of endsOf(head)) {
    for await (const node of ancestry(store, tenant, end, options)) {
      if (node.id === response) return true;
    }
  }
  return false;
}

/** Whether the items include a stopped answer. In a fork they include those from before the fork. */
async function isSaidIn(
  { store, tenant, id }: PointParts,
  response: string,
  options: StoreOptions | undefined,
): Promise<boolean> {
  const name = response.slice("resp_".length);
  const { head } = await readHead(store, tenant, id, options);
  for (const end of [head.head, ...head.branches]) {
    const pending = end === head.head ? head.pending : null;
    const items = await allItems(store, tenant, { ...head, head: end, pending }, options);
    if (items.some((item) => item.id.split("_")[1] === name)) return true;
  }
  return false;
}
