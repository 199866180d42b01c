import { type Chat, isQuestion } from "./chat.ts";
import { type Item, textOf, type TreeNode } from "./wire.ts";

/** A displayed message. An answer and its continuations form one block. */
export interface Block {
  /** Identifies the block while its content changes. For an answer, the id of its first response. */
  readonly key: string;
  readonly role: "user" | "assistant" | "file" | "tool" | "thought";
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
    key = item.id || `new-${textOf(item)}`,
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
    // The answer follows the last question. Items before may include a stopped answer.
    const answer = node.items.findLastIndex(isQuestion) + 1;
    node.items.forEach((item, index) =>
      push(item, node, end, index === answer ? node.id : undefined)
    );
  }
  if (tree.leaf === tree.head) {
    for (const item of tree.pending) {
      push(item, undefined, "stopped");
    }
  }
  if (running !== undefined && running.parent === tree.leaf) {
    for (const item of running.input) push(item, undefined, "done");
    const last = blocks.at(-1);
    if (last?.role === "assistant") {
      blocks[blocks.length - 1] = { ...last, text: last.text + running.text, state: "running" };
    } else {
      blocks.push(answerBlock(running.id ?? "running", running.text, "running"));
    }
  }
  if (failed !== undefined && failed.parent === tree.leaf) {
    for (const item of failed.input) push(item, undefined, "done");
    const { error } = failed;
    blocks.push({ ...answerBlock("failed", failed.text, "failed"), error });
  }
  return blocks;
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
        state: "done",
      };
    case "function_call":
      return { ...common, role: "tool", text: `${item.name}(${item.arguments})`, state: "done" };
    case "function_call_output":
      return { ...common, role: "tool", text: item.output, state: "done" };
    case "message":
      if (item.role === "assistant") {
        return { ...common, role: "assistant", text: textOf(item), state };
      }
      return { ...common, role: "user", text: textOf(item), state: "done" };
  }
}
