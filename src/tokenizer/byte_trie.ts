/** The multiplier of multiplicative hashing: 2^32 / golden ratio (Knuth, TAOCP volume 3, section 6.4). */
const GOLDEN = 0x9e3779b1;
const ROOT = 0;

/**
 * A map from byte strings to positive ids that finds the longest key at a position in a text. All edges are in one hash
 * table with open addressing, keyed by node and byte: as compact as a list of edges, and about one probe per byte read.
 * The keys may have 2^23 bytes in total.
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
  /** `node << 8 | byte` of each edge, -1 in free slots. `[capacity]`, a power of two. */
  #keys = new Int32Array(1024).fill(-1);
  /** The target node of each edge. `[capacity]` */
  #children = new Int32Array(1024);
  /** 32 - log2(capacity), since the high bits of a multiplicative hash are the best distributed. */
  #shift = 22;
  /** The id of the key that ends at each node, 0 for none. `[capacity / 2]`, so that half of the slots stay free. */
  #ids = new Int32Array(512);
  #nodes = 1;

  /** Sets the id of a key. */
  set(key: Uint8Array, id: number): void {
    let node = ROOT;
    for (const byte of key) node = this.#child(node, byte) || this.#grow(node, byte);
    this.#ids[node] = id;
  }

  /** The id of the longest key that starts at `from` in `text`, 0 if there is none. */
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

  /** The slot of an edge, or the free slot for it. */
  #slot(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = Math.imul(key, GOLDEN) >>> this.#shift;
    while (this.#keys[slot] !== key && this.#keys[slot] !== -1) slot = (slot + 1) & mask;
    return slot;
  }

  /** The target of an edge; ROOT if the edge does not exist, since no edge leads to the root. */
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
