import { ModelFolderError } from "../checkpoint/model_folder_error.ts";

/** Tokens that a model may have beyond its vocabulary, as padding: a sixteenth, and 256 at least. */
const allowedPadding = (vocabSize: number): number => Math.max(256, vocabSize / 16);

/**
 * Checks that a tokenizer and a model belong together by their sizes.
 *
 * @param path What to call the model in the message.
 * @param tokens One more than the tokenizer's highest token.
 * @param vocabSize V, the rows of the model's embedding.
 * @throws {ModelFolderError} When text may become tokens that the model does not have, or many of its tokens have no text.
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
  // The World vocabulary's last token is not in models that were cut to the number of its lines.
  const isWorldCut = tokens === 65_530 && vocabSize === 65_529;
  const missing = vocabSize - tokens;
  if (isWorldCut || (missing >= 0 && missing <= allowedPadding(vocabSize))) return;
  throw new ModelFolderError(
    path,
    `the vocabulary has ${tokens} tokens and the model ${vocabSize}, so it does not fit: put the ` +
      "model's own vocabulary beside the weights, or name it as vocab_file in config.json",
  );
}
