import { ByteTokenizer } from "./byte_tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { VocabularyError } from "./vocabulary_error.ts";
import { WorldTokenizer } from "./world_tokenizer.ts";

/** The kinds of tokenizers. */
export type TokenizerKind = "rwkv_world" | "byte" | "neox_bpe";

/**
 * Creates a tokenizer. The module of the NeoX tokenizer is loaded lazily.
 *
 * @param vocabulary The vocabulary file: the World text file or a `tokenizer.json`. `byte` needs none.
 * @throws {VocabularyError} If the vocabulary is missing or not of this kind.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const tokenizer = await loadTokenizer("byte", undefined);
 * assert.deepEqual(tokenizer.encode("é"), [0xc3, 0xa9]);
 * ```
 */
export async function loadTokenizer(
  kind: TokenizerKind,
  vocabulary: Uint8Array | undefined,
): Promise<Tokenizer> {
  if (kind === "byte") return new ByteTokenizer();
  if (vocabulary === undefined) {
    throw new VocabularyError(
      `the ${kind} tokenizer needs a vocabulary file, and the model has none`,
    );
  }
  if (kind === "rwkv_world") return new WorldTokenizer(vocabulary);
  const { NeoxTokenizer } = await import("./neox_tokenizer.ts");
  return new NeoxTokenizer(vocabulary);
}
