import type { Item, Tree, TreeNode } from "./wire.ts";

/** The branches of a conversation, and the one that is shown. */
export class ConversationTree {
  readonly #nodes = new Map<string, TreeNode>();
  readonly #children = new Map<string | null, string[]>();
  /** The response that the server goes on from. */
  head: string | null = null;
  /** The end of the branch that is shown. */
  leaf: string | null = null;
  /** What was said after the head that no response has read: a stopped answer, say. */
  pending: readonly Item[] = [];

  /** All responses, parents before children. */
  get nodes(): TreeNode[] {
    return [...this.#nodes.values()];
  }

  /** Takes over what the server has. Another branch that is shown stays. */
  load({ head, pending, data }: Tree): void {
    const followed = this.leaf === this.head;
    const { leaf } = this;
    this.#nodes.clear();
    this.#children.clear();
    for (const node of data) this.add(node);
    this.head = head;
    this.pending = pending;
    this.leaf = followed || leaf === null || !this.#nodes.has(leaf) ? head : leaf;
  }

  /** Adds a response that has ended. */
  add(node: TreeNode): void {
    if (this.#nodes.has(node.id)) return;
    this.#nodes.set(node.id, node);
    const siblings = this.#children.get(node.parent) ?? [];
    this.#children.set(node.parent, [...siblings, node.id]);
  }

  get(id: string): TreeNode | undefined {
    return this.#nodes.get(id);
  }

  /** The responses of the branch that is shown, oldest first. */
  path(leaf: string | null = this.leaf): TreeNode[] {
    const path: TreeNode[] = [];
    for (let id = leaf; id !== null;) {
      const node = this.#nodes.get(id);
      if (node === undefined) break;
      path.push(node);
      id = node.parent;
    }
    return path.reverse();
  }

  /** All responses that continue the same one as this, oldest first. */
  siblings({ parent }: TreeNode): readonly TreeNode[] {
    return this.children(parent);
  }

  /** The responses that continue one, oldest first. */
  children(id: string | null): readonly TreeNode[] {
    const children = (this.#children.get(id) ?? []).map((child) => this.#nodes.get(child)!);
    return children.toSorted((a, b) => a.created_at - b.created_at);
  }

  /** The latest end of the branches from a response. */
  latestLeaf(id: string): string {
    const last = this.children(id).at(-1);
    return last === undefined ? id : this.latestLeaf(last.id);
  }
}
