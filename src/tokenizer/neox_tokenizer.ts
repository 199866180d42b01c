import { Tokenizer as BpeTokenizer } from "@huggingface/tokenizers";
import * as z from "zod";
import type { Tokenizer } from "./tokenizer.ts";
import { VocabularyError } from "./vocabulary_error.ts";

const tokenizerJson = z.looseObject({
  added_tokens: z.array(
    z.looseObject({ id: z.int().nonnegative(), content: z.string(), special: z.boolean() }),
  ),
  normalizer: z.looseObject({ type: z.literal("NFC") }).nullable(),
  pre_tokenizer: z.looseObject({
    type: z.literal("ByteLevel"),
    add_prefix_space: z.literal(false),
    use_regex: z.literal(true).optional(),
  }),
  model: z.looseObject({
    type: z.literal("BPE"),
    vocab: z.record(z.string(), z.int().nonnegative()),
    merges: z.union([z.array(z.string()), z.array(z.tuple([z.string(), z.string()]))]),
  }),
});

/**
 * How GPT-2 and its heirs cut text into words before the merges. The library's own copy inside `ByteLevel` takes `\s`
 * as JavaScript does, which has U+FEFF and lacks U+0085; given as a pattern, it reads `\s` as the reference does.
 */
const WORDS = String
  .raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

const PRE_TOKENIZER = {
  type: "Sequence",
  pretokenizers: [
    { type: "Split", pattern: { Regex: WORDS }, behavior: "Isolated", invert: false },
    { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
  ],
};

/**
 * The byte-level BPE tokenizer of GPT-NeoX-20B, which the RWKV-4 models trained on the Pile use.
 *
 * It normalises to NFC first, so text in another form comes back in NFC.
 *
 * @see https://arxiv.org/abs/2204.06745 section 3.2
 */
export class NeoxTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly #bpe: BpeTokenizer;
  readonly #bytes: ReadonlyMap<number, Uint8Array>;

  /**
   * @param file A `tokenizer.json` of the Hugging Face tokenizers library.
   * @throws {VocabularyError} If the file is not a byte-level BPE tokenizer.
   */
  constructor(file: Uint8Array) {
    const json = parse(file);
    this.#bytes = tokenBytes(json);
    this.vocabSize = this.#bytes.keys().reduce((highest, id) => Math.max(highest, id), 0) + 1;
    // Special tokens are left out so that text cannot spell them. The other added tokens are runs of spaces, as text
    // has them.
    const addedTokens = json.added_tokens.filter((token) => !token.special);
    this.#bpe = new BpeTokenizer(
      { ...json, added_tokens: addedTokens, pre_tokenizer: PRE_TOKENIZER },
      {},
    );
  }

  encode(text: string): number[] {
    return this.#bpe.encode(text.toWellFormed(), { add_special_tokens: false }).ids;
  }

  bytes(token: number): Uint8Array {
    return this.#bytes.get(token)?.slice() ?? new Uint8Array();
  }
}

function parse(file: Uint8Array): z.infer<typeof tokenizerJson> {
  try {
    return tokenizerJson.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(file)));
  } catch (cause) {
    const problem = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new VocabularyError(`not a byte-level BPE tokenizer.json: ${problem}`, { cause });
  }
}

/** The bytes of every token, empty for the special ones. */
function tokenBytes(json: z.infer<typeof tokenizerJson>): Map<number, Uint8Array> {
  const alphabet = byteLevelAlphabet();
  for (const [char, byte] of alphabet) {
    const isUtf8 = byte < 0xc0 || (byte >= 0xc2 && byte <= 0xf4);
    if (isUtf8 && !Object.hasOwn(json.model.vocab, char)) {
      throw new VocabularyError(`no token for the byte "${char}", so not every text encodes`);
    }
  }
  const bytes = new Map<number, Uint8Array>();
  for (const [piece, id] of Object.entries(json.model.vocab)) {
    bytes.set(
      id,
      Uint8Array.from(piece, (char) => {
        const byte = alphabet.get(char);
        if (byte === undefined) {
          throw new VocabularyError(`token ${id} has "${char}", which stands for no byte`);
        }
        return byte;
      }),
    );
  }
  const encoder = new TextEncoder();
  for (const { id, content, special } of json.added_tokens) {
    bytes.set(id, special ? new Uint8Array() : encoder.encode(content));
  }
  return bytes;
}

/**
 * The characters that stand for the 256 bytes in byte-level BPE: printable Latin-1 for itself, and the rest, in order,
 * from U+0100 on.
 *
 * @see https://github.com/openai/gpt-2/blob/master/src/encoder.py `bytes_to_unicode`
 */
function byteLevelAlphabet(): Map<string, number> {
  const alphabet = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable = /[!-~¡-¬®-ÿ]/.test(String.fromCharCode(byte));
    alphabet.set(String.fromCharCode(printable ? byte : next++), byte);
  }
  return alphabet;
}
