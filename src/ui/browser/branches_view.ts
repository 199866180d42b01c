import type { Chat } from "./chat.ts";
import { h } from "./dom.ts";
import { textOf, type TreeNode } from "./wire.ts";

/** The tree as nested lists. A response without siblings is on the same level as its parent. */
export function branchesView(chat: Chat): HTMLElement {
  const path = new Set(chat.tree.path().map(({ id }) => id));
  const list = (nodes: readonly TreeNode[]): HTMLElement =>
    h(
      "ul",
      { class: "branches" },
      ...nodes.flatMap((node) => {
        const line: TreeNode[] = [node];
        let children = chat.tree.children(node.id);
        while (children.length === 1) {
          line.push(children[0]!);
          children = chat.tree.children(children[0]!.id);
        }
        const items = line.map((node) => h("li", {}, branchButton(chat, node, path)));
        if (children.length > 1) items.at(-1)!.append(list(children));
        return items;
      }),
    );
  const roots = chat.tree.children(null);
  return roots.length === 0 ? h("p", { class: "dim" }, "No messages yet.") : list(roots);
}

function branchButton(chat: Chat, node: TreeNode, path: ReadonlySet<string>): HTMLElement {
  const items = node.items.filter((item) => textOf(item) !== "");
  const summary = items.map(textOf).join(" → ") || "A text";
  return h("button", {
    type: "button",
    class: path.has(node.id) ? "branch on" : "branch",
    "aria-current": path.has(node.id) ? "true" : null,
    title: summary.slice(0, 400),
    onclick: () => chat.show(node),
  }, summary.slice(0, 80));
}
