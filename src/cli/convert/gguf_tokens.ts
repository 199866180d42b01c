import { loadTokenizer, type TokenizerKind } from "../../tokenizer/load_tokenizer.ts";
import { ConvertError } from "./convert_error.ts";
import type { GgufValue } from "./gguf_header.ts";

/** ggml's types of tokens. */
const [NORMAL, CONTROL, UNUSED] = [1, 3, 5];

/**
 * The vocabulary as a GGUF file's metadata has it.
 *
 * Source: llama.cpp, conversion/base.py, `_set_vocab_rwkv_world`.
 *
 * @param vocabSize V of the model. The rest is padding.
 * @throws {ConvertError} if the format has no such tokenizer
 */
export async function ggufTokens(
  kind: TokenizerKind,
  vocabulary: Uint8Array | undefined,
  vocabSize: number,
): Promise<Readonly<Record<string, GgufValue>>> {
  if (kind === "neox_bpe") {
    throw new ConvertError(
      "GGUF files of RWKV have the World vocabulary, and the model has another",
    );
  }
  const tokenizer = await loadTokenizer(kind, vocabulary);
  const tokens: string[] = [];
  const types: number[] = [];
  let lineBreaks: number | undefined;
  for (let id = 0; id < vocabSize; id++) {
    const bytes = id < tokenizer.vocabSize ? tokenizer.bytes(id) : new Uint8Array();
    const isText = bytes.length > 0;
    tokens.push(isText ? escapeToken(bytes) : id === 0 ? "<s>" : `[PAD${id}]`);
    types.push(isText ? NORMAL! : id === 0 ? CONTROL! : UNUSED!);
    if (bytes.length === 2 && bytes[0] === 10 && bytes[1] === 10) lineBreaks = id;
  }
  return {
    "tokenizer.ggml.model": { type: "string", value: "rwkv" },
    "tokenizer.ggml.tokens": { type: "strings", value: tokens },
    "tokenizer.ggml.token_type": { type: "i32s", value: types },
    // A blank line ends a turn.
    ...lineBreaks === undefined
      ? {}
      : { "tokenizer.ggml.eot_token_id": { type: "u32", value: lineBreaks } },
    "tokenizer.ggml.bos_token_id": { type: "u32", value: 0 },
    "tokenizer.ggml.eos_token_id": { type: "u32", value: 0 },
  };
}

const ESCAPES: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\" };

/**
 * Bytes as inside a bytes literal of Python.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(escapeToken(new TextEncoder().encode("é\n'")), "\\xc3\\xa9\\n'");
 * assert.equal(escapeToken(new TextEncoder().encode(`"'`)), `"\\'`);
 * ```
 */
export function escapeToken(bytes: Uint8Array): string {
  const hasBothQuotes = bytes.includes(0x22) && bytes.includes(0x27);
  return Array.from(bytes, (byte) => {
    if (byte === 0x27 && hasBothQuotes) return "\\'";
    if (ESCAPES[byte] !== undefined) return ESCAPES[byte];
    if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
    return `\\x${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}
