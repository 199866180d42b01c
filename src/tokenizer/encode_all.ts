import { inSlices } from "../stream/slices.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * The tokens of texts. Takes as long as it takes, but not in one go: other requests get their turn meanwhile.
 *
 * @returns the tokens of each text
 * @throws the reason of the signal, if it aborts meanwhile
 */
export function encodeAll(
  tokenizer: Tokenizer,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<number[][]> {
  return inSlices(encodingAll(tokenizer, texts), signal);
}

function* encodingAll(tokenizer: Tokenizer, texts: readonly string[]): Generator<void, number[][]> {
  const tokens: number[][] = [];
  for (const text of texts) {
    tokens.push(yield* tokenizer.encoding(text));
    yield;
  }
  return tokens;
}
