import type { Item, Tree, TreeNode } from "./wire.ts";

/** The branches of a conversation, and the displayed one. */
export class ConversationTree {
  readonly #nodes = new Map<string, TreeNode>();
  readonly #children = new Map<string | null, string[]>();
  /** The response that the next one continues on the server. */
  head: string | null = null;
  /** The last response of the displayed branch. */
  leaf: string | null = null;
  /** Items after the head that no response has read, for example a stopped answer. */
  pending: readonly Item[] = [];

  /** All responses, parents before children. */
  get nodes(): TreeNode[] {
    return [...this.#nodes.values()];
  }

  /** Replaces the tree by the server's. Keeps another branch displayed if the user has selected one. */
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

  /** Adds a finished response. */
  add(node: TreeNode): void {
    if (this.#nodes.has(node.id)) return;
    this.#nodes.set(node.id, node);
    const siblings = this.#children.get(node.parent) ?? [];
    this.#children.set(node.parent, [...siblings, node.id]);
  }

  get(id: string): TreeNode | undefined {
    return this.#nodes.get(id);
  }

  /** The responses of a branch, by default the displayed one, oldest first. */
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

  /** The responses with the same parent, including this one, oldest first. */
  siblings({ parent }: TreeNode): readonly TreeNode[] {
    return this.children(parent);
  }

  /** The responses that continue a response, oldest first. */
  children(id: string | null): readonly TreeNode[] {
    const children = (this.#children.get(id) ?? []).map((child) => this.#nodes.get(child)!);
    return children.toSorted((a, b) => a.created_at - b.created_at);
  }

  /** The end of the latest branch from a response. */
  latestLeaf(id: string): string {
    const last = this.children(id).at(-1);
    return last === undefined ? id : this.latestLeaf(last.id);
  }
}
