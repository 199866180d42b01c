import { Detokenizer } from "../../src/tokenizer/detokenizer.ts";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.ts";

/** The text of tokens, decoded one token at a time. */
export function decodeAll(tokenizer: Tokenizer, tokens: readonly number[]): string {
  const detokenizer = new Detokenizer();
  return tokens.map((token) => detokenizer.push(tokenizer.bytes(token))).join("");
}
