import { ByteTokenizer } from "./byte_tokenizer.ts";
import { NeoxTokenizer } from "./neox_tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { VocabularyError } from "./vocabulary_error.ts";
import { WorldTokenizer } from "./world_tokenizer.ts";

/** Which tokenizer a model was trained with. */
export type TokenizerKind = "rwkv_world" | "byte" | "neox_bpe";

/**
 * Makes the tokenizer of a model.
 *
 * @param vocabulary The vocabulary file: the World text file or a `tokenizer.json`. `byte` needs none.
 * @throws {VocabularyError} If the vocabulary is missing or is not of this kind.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const tokenizer = createTokenizer("byte", undefined);
 * assert.deepEqual(tokenizer.encode("é"), [0xc3, 0xa9]);
 * ```
 */
export function createTokenizer(
  kind: TokenizerKind,
  vocabulary: Uint8Array | undefined,
): Tokenizer {
  if (kind === "byte") return new ByteTokenizer();
  if (vocabulary === undefined) {
    throw new VocabularyError(
      `the ${kind} tokenizer needs a vocabulary file, and the model has none`,
    );
  }
  return kind === "rwkv_world" ? new WorldTokenizer(vocabulary) : new NeoxTokenizer(vocabulary);
}
