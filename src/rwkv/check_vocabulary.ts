import { ModelFolderError } from "../checkpoint/model_folder_error.ts";

/** Maximum number of padding tokens in a model's embedding: a sixteenth of it, at least 256. */
const allowedPadding = (vocabSize: number): number => Math.max(256, vocabSize / 16);

/**
 * Checks that the vocabulary sizes of a tokenizer and a model match.
 *
 * @param path The model's path, for the message.
 * @param tokens The tokenizer's highest token id plus one.
 * @param vocabSize V, the number of rows of the model's embedding.
 * @throws {ModelFolderError} If the tokenizer has tokens that the model lacks, or lacks many that the model has.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * checkVocabulary("model", 65_530, 65_536);
 * assert.throws(() => checkVocabulary("model", 50_277, 65_536), /does not fit/);
 * ```
 */
export function checkVocabulary(path: string, tokens: number, vocabSize: number): void {
  // Some models have one row per line of the World vocabulary, which is one less than its highest id requires.
  const isWorldCut = tokens === 65_530 && vocabSize === 65_529;
  const missing = vocabSize - tokens;
  if (isWorldCut || (missing >= 0 && missing <= allowedPadding(vocabSize))) return;
  throw new ModelFolderError(
    path,
    `the vocabulary has ${tokens} tokens, the model ${vocabSize}, so it does not fit: put the ` +
      "model's own vocabulary next to the weights, or name it as vocab_file in config.json",
  );
}
