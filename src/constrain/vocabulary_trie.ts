import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** A trie of all tokens that have bytes. Nodes are numbered in preorder; node 0 is the root. */
export interface VocabularyTrie {
  /** The highest token id plus one. */
  readonly vocabSize: number;
  /** Length of the longest token in bytes. */
  readonly longest: number;
  /** The last byte on the path to each node. `[nodes]` */
  readonly bytes: Uint8Array;
  /** The depth of each node. `[nodes]` */
  readonly depths: Uint16Array;
  /** The first node after the subtree of each node. `[nodes]` */
  readonly next: Int32Array;
  /** Index in `tokens` of the first token that ends at each node. `[nodes + 1]` */
  readonly offsets: Int32Array;
  readonly tokens: Int32Array;
  /** The token of each single byte, -1 if there is none. `[256]` */
  readonly singles: Int32Array;
}

/** Builds the trie. Preorder makes a walk a loop over the arrays. */
export function vocabularyTrie(tokenizer: Tokenizer): VocabularyTrie {
  const { vocabSize } = tokenizer;
  const words: { token: number; bytes: Uint8Array<ArrayBuffer> }[] = [];
  for (let token = 0; token < vocabSize; token++) {
    const bytes = tokenizer.bytes(token);
    if (bytes.length > 0) words.push({ token, bytes: new Uint8Array(bytes) });
  }
  words.sort((a, b) => compare(a.bytes, b.bytes) || a.token - b.token);

  const bytes = [0];
  const depths = [0];
  const path = [0];
  const next: number[] = [];
  const singles = new Int32Array(256).fill(-1);
  /** The node at which each word ends. Ascending, since words and nodes are in the same order. */
  const ends: number[] = [];
  let before = new Uint8Array();
  for (const { token, bytes: word } of words) {
    let shared = 0;
    while (shared < before.length && before[shared] === word[shared]) shared++;
    // The subtrees of nodes that only the previous word has are complete.
    for (const node of path.splice(shared + 1)) next[node] = bytes.length;
    for (let depth = shared; depth < word.length; depth++) {
      path.push(bytes.length);
      bytes.push(word[depth]!);
      depths.push(depth + 1);
    }
    ends.push(path.at(-1)!);
    if (word.length === 1 && singles[word[0]!] === -1) singles[word[0]!] = token;
    before = word;
  }
  for (const node of path) next[node] = bytes.length;

  const offsets = new Int32Array(bytes.length + 1);
  for (const end of ends) offsets[end + 1]!++;
  for (let node = 0; node < bytes.length; node++) offsets[node + 1]! += offsets[node]!;
  return {
    vocabSize,
    longest: depths.reduce((longest, depth) => Math.max(longest, depth), 0),
    bytes: Uint8Array.from(bytes),
    depths: Uint16Array.from(depths),
    next: Int32Array.from(next),
    offsets,
    tokens: Int32Array.from(words, ({ token }) => token),
    singles,
  };
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
