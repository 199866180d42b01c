/** Multiplicative hashing after Knuth, TAOCP volume 3, section 6.4: 2^32 divided by the golden ratio. */
const GOLDEN = 0x9e3779b1;
const ROOT = 0;

/**
 * A map from byte strings to positive ids that finds the longest key at a place in a text. The edges live in one open
 * hash table, keyed by node and byte, which is as compact as a list of edges and needs one probe for each byte read.
 * Keys may have 2^23 bytes in all.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const trie = new ByteTrie();
 * trie.set(new Uint8Array([1]), 10);
 * trie.set(new Uint8Array([1, 2, 3]), 11);
 * assert.equal(trie.longest(new Uint8Array([1, 2, 3]), 0), 11);
 * assert.equal(trie.longest(new Uint8Array([1, 2, 4]), 0), 10);
 * assert.equal(trie.longest(new Uint8Array([9]), 0), 0);
 * ```
 */
export class ByteTrie {
  /** `node << 8 | byte` for each edge, -1 where the slot is free. `[capacity]`, a power of two. */
  #keys = new Int32Array(1024).fill(-1);
  /** The node that each edge leads to. `[capacity]` */
  #children = new Int32Array(1024);
  /** 32 less the logarithm of the capacity: the best bits of a hash are the highest. */
  #shift = 22;
  /** The id of the key that ends at each node, 0 for none. `[capacity / 2]`, which keeps half of the slots free. */
  #ids = new Int32Array(512);
  #nodes = 1;

  /** Adds a key. An id that the key had before is replaced. */
  set(key: Uint8Array, id: number): void {
    let node = ROOT;
    for (const byte of key) node = this.#child(node, byte) || this.#grow(node, byte);
    this.#ids[node] = id;
  }

  /** The id of the longest key that `text` has at `from`, 0 if there is none. */
  longest(text: Uint8Array, from: number): number {
    let longest = 0;
    let node = ROOT;
    for (let at = from; at < text.length; at++) {
      node = this.#child(node, text[at]!);
      if (node === ROOT) break;
      longest = this.#ids[node]! || longest;
    }
    return longest;
  }

  /** Where the edge is in the table, or where it would go. */
  #slot(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = Math.imul(key, GOLDEN) >>> this.#shift;
    while (this.#keys[slot] !== key && this.#keys[slot] !== -1) slot = (slot + 1) & mask;
    return slot;
  }

  /** The node that an edge leads to. No edge leads to the root, which so stands for none. */
  #child(node: number, byte: number): number {
    const key = (node << 8) | byte;
    const slot = this.#slot(key);
    return this.#keys[slot] === key ? this.#children[slot]! : ROOT;
  }

  #grow(node: number, byte: number): number {
    if (this.#nodes === this.#ids.length) this.#rehash();
    const slot = this.#slot((node << 8) | byte);
    this.#keys[slot] = (node << 8) | byte;
    this.#children[slot] = this.#nodes;
    return this.#nodes++;
  }

  #rehash(): void {
    const keys = this.#keys;
    const children = this.#children;
    const ids = this.#ids;
    this.#keys = new Int32Array(keys.length * 2).fill(-1);
    this.#children = new Int32Array(keys.length * 2);
    this.#ids = new Int32Array(keys.length);
    this.#ids.set(ids);
    this.#shift--;
    keys.forEach((key, from) => {
      if (key === -1) return;
      const slot = this.#slot(key);
      this.#keys[slot] = key;
      this.#children[slot] = children[from]!;
    });
  }
}
