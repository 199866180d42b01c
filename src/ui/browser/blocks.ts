import { type Chat, isQuestion } from "./chat.ts";
import { type Item, textOf, type TreeNode } from "./wire.ts";

/** A displayed message. An answer and its continuations form one block. */
export interface Block {
  /** Identifies the block while its content changes. For an answer, the id of its first response. */
  readonly key: string;
  readonly role: "user" | "assistant" | "file" | "call" | "result" | "thought";
  /** The text of a message or a thought, the arguments of a call, or its result. */
  readonly text: string;
  /** The first item of the block. */
  readonly item: Item | undefined;
  /** The responses that the block belongs to, oldest first. */
  readonly nodes: readonly TreeNode[];
  readonly state: "done" | "incomplete" | "stopped" | "running" | "failed";
  /** Why the answer failed. */
  readonly error?: string;
}

/** The blocks of a conversation's current branch, oldest first. */
export function blocksOf({ tree, running, failed }: Chat): Block[] {
  const blocks: Block[] = [];
  const push = (
    item: Item,
    node: TreeNode | undefined,
    state: Block["state"],
    key = item.id || `new-${item.type === "function_call_output" ? item.call_id : textOf(item)}`,
  ) => {
    const block = blockOf(key, item, node, state);
    const last = blocks.at(-1);
    if (block.role !== "assistant" || last?.role !== "assistant") {
      if (block.role !== "assistant" || block.text !== "") blocks.push(block);
      return;
    }
    const nodes = node === undefined || last.nodes.includes(node)
      ? last.nodes
      : [...last.nodes, node];
    blocks[blocks.length - 1] = { ...last, text: last.text + block.text, nodes, state };
  };
  for (const node of tree.path()) {
    const end = node.status === "incomplete" ? "incomplete" : "done";
    const answer = answerOf(node);
    for (const item of node.items) push(item, node, end, item === answer ? node.id : undefined);
  }
  if (tree.leaf === tree.head) {
    for (const item of tree.pending) {
      push(item, undefined, "stopped");
    }
  }
  if (running !== undefined && running.parent === tree.leaf) {
    for (const item of running.input) push(item, undefined, "done");
    const { output, text } = running;
    const thinking = text === "" ? "running" : "done";
    for (const item of output) if (item.type === "reasoning") push(item, undefined, thinking);
    const last = blocks.at(-1);
    if (last?.role === "assistant") {
      blocks[blocks.length - 1] = { ...last, text: last.text + text, state: "running" };
    } else if (text !== "" || output.length === 0) {
      blocks.push(answerBlock(running.id ?? "running", text, "running"));
    }
    for (const item of output) if (item.type !== "reasoning") push(item, undefined, "running");
  }
  if (failed !== undefined && failed.parent === tree.leaf) {
    for (const item of failed.input) push(item, undefined, "done");
    const { error, output } = failed;
    for (const item of output) push(item, undefined, "done");
    blocks.push({ ...answerBlock("failed", failed.text, "failed"), error });
  }
  return blocks;
}

/**
 * The item under which the versions of an answer are shown: its first message after the last question, or its last item if
 * it has none. Items before the question may include a stopped answer.
 */
function answerOf({ items }: TreeNode): Item | undefined {
  const output = items.slice(items.findLastIndex(isQuestion) + 1);
  return output.find((item) => textOf(item) !== "") ??
    output.findLast(({ type }) => type !== "message");
}

function answerBlock(key: string, text: string, state: Block["state"]): Block {
  return { key, role: "assistant", text, item: undefined, nodes: [], state };
}

function blockOf(
  key: string,
  item: Item,
  node: TreeNode | undefined,
  state: Block["state"],
): Block {
  const common = { key, item, nodes: node === undefined ? [] : [node] };
  switch (item.type) {
    case "ingested_text":
      return { ...common, role: "file", text: "", state: "done" };
    case "reasoning":
      return {
        ...common,
        role: "thought",
        text: item.content.map(({ text }) => text).join(""),
        state,
      };
    case "function_call":
      return { ...common, role: "call", text: item.arguments, state };
    case "function_call_output":
      return { ...common, role: "result", text: item.output, state: "done" };
    case "message":
      if (item.role === "assistant") {
        return { ...common, role: "assistant", text: textOf(item), state };
      }
      return { ...common, role: "user", text: textOf(item), state: "done" };
  }
}
