/** A small byte-level BPE tokenizer.json: one token per byte, then merges, then runs of spaces. */
export function neoxJson() {
  const alphabet = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))
    .filter((char) => /[!-~¡-¬®-ÿ]/.test(char));
  for (let next = 0x100; alphabet.length < 256; next++) alphabet.push(String.fromCharCode(next));
  const merged = ["ab", "abc", "Ġa"];
  const pieces = ["<|endoftext|>", ...alphabet, ...merged];
  const vocab: Record<string, number> = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const added = { single_word: false, lstrip: false, rstrip: false };
  return {
    version: "1.0",
    added_tokens: [
      { ...added, id: 0, special: true, content: "<|endoftext|>", normalized: false },
      { ...added, id: pieces.length, special: false, content: "  ", normalized: true },
      { ...added, id: pieces.length + 1, special: false, content: "    ", normalized: true },
    ],
    normalizer: { type: "NFC" },
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
    post_processor: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
    model: { type: "BPE", vocab, merges: ["a b", "ab c", "Ġ a"] },
  };
}
