import { readBlob } from "../records/blob.ts";
import { CorruptSnapshotError, UnknownResponseError } from "../records/errors.ts";
import { decodeRecord } from "../records/record.ts";
import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import { ancestry, type StoredNode } from "../tree/response_node.ts";
import { readRun, type RunEnd } from "../tree/run.ts";
import { type Item, logSchema } from "../tree/transcript.ts";
import { readHead } from "./head.ts";
import { slicing } from "../stream/slices.ts";
import { pendingItems } from "./items.ts";
import { endsOf } from "./move_head.ts";

/** A finished response in the tree of a conversation. */
export interface TreeNode {
  readonly id: string;
  /** The response that this one continues. `null`: it begins a branch. */
  readonly parent: string | null;
  /** Created at, in milliseconds since the epoch. */
  readonly createdAt: number;
  /** The system message of the turn, if it had one. */
  readonly instructions: string | null;
  /** Tokens that the state after it has read in total. */
  readonly tokens: number;
  /** What the turn added: the new messages, then the answer. */
  readonly items: readonly Item[];
  /** How it ended. Absent for ingested texts and deleted responses. */
  readonly end?: RunEnd | undefined;
}

/** All branches of a conversation, and its head. */
export interface ConversationTree {
  /** The response that the next one continues. */
  readonly head: string | null;
  /** The running response. */
  readonly running: string | null;
  /** Items after the head that no finished response has read, such as the text of a stopped answer. */
  readonly pending: readonly Item[];
  /** All finished responses, each parent before its children. */
  readonly nodes: readonly TreeNode[];
}

/**
 * Reads all branches of a conversation.
 *
 * @throws {UnknownConversationError}
 * @throws {CorruptSnapshotError} if a response cannot be read.
 */
export async function conversationTree(
  store: KvStore,
  tenant: string,
  id: string,
  options?: StoreOptions,
): Promise<ConversationTree> {
  const { head } = await readHead(store, tenant, id, options);
  const seen = new Set<string>();
  const nodes: TreeNode[] = [];
  const pause = slicing();
  for (const end of endsOf(head)) {
    const way: StoredNode[] = [];
    for await (const node of ancestry(store, tenant, end, options)) {
      // The rest of the path belongs to a branch that was read already.
      if (seen.has(node.id)) break;
      seen.add(node.id);
      way.push(node);
    }
    for (const node of way.reverse()) {
      await pause();
      nodes.push(await treeNode(store, tenant, node, options));
    }
  }
  const pending = await pendingItems(store, tenant, head, options);
  return { head: head.head, running: head.running, pending, nodes };
}

async function treeNode(
  store: KvStore,
  tenant: string,
  { id, parent, createdAt, tokens, log }: StoredNode,
  options: StoreOptions | undefined,
): Promise<TreeNode> {
  const bytes = await readBlob(store, tenant, log, options);
  const { instructions, messages, itemIds } = decodeRecord(logSchema, bytes, log.id);
  const items = messages.map((message, index): Item => {
    const name = itemIds[index];
    if (name === undefined) throw new CorruptSnapshotError(log.id, "a message has no item id");
    return { id: name, message };
  });
  const end = await endOf(store, tenant, id, options);
  return { id, parent, createdAt, instructions, tokens, items, end };
}

/** How a response ended, if its record still exists. */
async function endOf(
  store: KvStore,
  tenant: string,
  id: string,
  options: StoreOptions | undefined,
): Promise<RunEnd | undefined> {
  try {
    return (await readRun(store, tenant, id, options)).run.end ?? undefined;
  } catch (error) {
    if (error instanceof UnknownResponseError) return undefined;
    throw error;
  }
}
