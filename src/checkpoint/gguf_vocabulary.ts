import { InvalidCheckpointError } from "./checkpoint_error.ts";

/** ggml's type of a token that text is made of. Others are control tokens and padding. */
const NORMAL = 1;

/** What a GGUF file says of its tokens. */
export type GgufVocabulary =
  /** Token N is byte N. */
  | { readonly tokenizer: "byte" }
  /** A World vocabulary file, with the tokens of this one. */
  | { readonly tokenizer: "rwkv_world"; readonly file: Uint8Array<ArrayBuffer> };

/**
 * Makes a World vocabulary file of the tokens in a GGUF file's metadata, or `undefined` where there are none.
 *
 * Source: llama.cpp, src/llama-vocab.cpp, `llama_unescape_rwkv_token`.
 *
 * @throws {InvalidCheckpointError} When there are another number of them than the model has.
 */
export function ggufVocabulary(
  metadata: ReadonlyMap<string, unknown>,
  vocabSize: number,
  file: string,
): GgufVocabulary | undefined {
  const tokens: unknown = metadata.get("tokenizer.ggml.tokens");
  if (metadata.get("tokenizer.ggml.model") !== "rwkv" || !Array.isArray(tokens)) return undefined;
  if (tokens.length !== vocabSize) {
    const why = `its vocabulary has ${tokens.length} tokens, where the model has ${vocabSize}`;
    throw new InvalidCheckpointError(file, `${why}: the file is damaged; download it again`);
  }
  const types = metadata.get("tokenizer.ggml.token_type");
  const isWord = (id: number, text: string): boolean =>
    types instanceof Int32Array
      ? types[id] === NORMAL
      : text !== "<s>" && !/^\[PAD\d+\]$/.test(text);
  const bytes = tokens.map((text) => unescapeToken(`${text}`));
  if (bytes.length === 256 && bytes.every(([byte, ...more], id) => byte === id && !more.length)) {
    return { tokenizer: "byte" };
  }
  const lines = bytes.flatMap((token, id) =>
    id > 0 && token.length > 0 && isWord(id, `${tokens[id]}`) ? [`${id} ${literal(token)}`] : []
  );
  return { tokenizer: "rwkv_world", file: new TextEncoder().encode(lines.join("\n")) };
}

/** A Python bytes literal in which every byte is escaped, and the number of its bytes. */
function literal(token: readonly number[]): string {
  const hex = token.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  return `b'${hex}' ${token.length}`;
}

const ESCAPES: Readonly<Record<string, number>> = { t: 0x09, n: 0x0a, r: 0x0d };

function unescapeToken(text: string): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char !== "\\" || i + 1 === text.length) {
      // Words are ASCII; what is not is padding of some kind, and stays as it is.
      bytes.push(...new TextEncoder().encode(char));
      continue;
    }
    const escaped = text[++i]!;
    const hex = escaped === "x" ? /^[0-9a-f]{2}/i.exec(text.slice(i + 1, i + 3))?.[0] : undefined;
    if (hex !== undefined) i += 2;
    bytes.push(
      hex === undefined ? ESCAPES[escaped] ?? escaped.charCodeAt(0) & 0xff : parseInt(hex, 16),
    );
  }
  return bytes;
}
