import * as z from "zod";
import { atOnce } from "../stream/slices.ts";
import { BytePairMerges } from "./byte_pair_merges.ts";
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
 * The pre-tokenization of GPT-2: splits text into words, within which merges apply. Its `\s` is Unicode's White_Space,
 * unlike JavaScript's, which includes U+FEFF and lacks U+0085.
 */
const WORDS = new RegExp(
  String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+` +
    String.raw`|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+`,
  "gu",
);

/** Capacity of the cache of words. Most text consists of few distinct words. */
const CACHED_WORDS = 8_192;
/** Maximum length of a cached word, in UTF-16 code units. */
const CACHED_LENGTH = 32;
/** Words encoded per step. */
const WORDS_PER_STEP = 256;

/**
 * The byte-level BPE tokenizer of GPT-NeoX-20B, which the RWKV-4 models trained on the Pile use.
 *
 * It first normalises text to NFC, so decoding yields NFC.
 *
 * @see https://arxiv.org/abs/2204.06745 section 3.2
 */
export class NeoxTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly #bytes: ReadonlyMap<number, Uint8Array>;
  readonly #merges: BytePairMerges;
  /** The token of each byte, `[256]`; -1 for bytes without one, which never occur in UTF-8. */
  readonly #byteTokens = new Int32Array(256);
  /** Added tokens that are not special: runs of spaces. */
  readonly #added: ReadonlyMap<string, number>;
  readonly #addedPattern: RegExp | undefined;
  readonly #words = new Map<string, readonly number[]>();
  readonly #encoder = new TextEncoder();

  /**
   * @param file A `tokenizer.json` of the Hugging Face tokenizers library.
   * @throws {VocabularyError} If the file is not a byte-level BPE tokenizer.
   */
  constructor(file: Uint8Array) {
    const json = parse(file);
    const { vocab } = json.model;
    this.#bytes = tokenBytes(json);
    this.vocabSize = this.#bytes.keys().reduce((highest, id) => Math.max(highest, id), 0) + 1;
    this.#merges = new BytePairMerges(mergesOf(json));
    for (const [char, byte] of byteLevelAlphabet()) this.#byteTokens[byte] = vocab[char] ?? -1;
    // Without special tokens, so that text never encodes to one.
    const added = json.added_tokens.filter(({ special, content }) => !special && content !== "");
    this.#added = new Map(added.map(({ content, id }) => [content, id]));
    const longestFirst = [...this.#added.keys()].sort((a, b) => b.length - a.length);
    this.#addedPattern = longestFirst.length === 0
      ? undefined
      : new RegExp(`(${longestFirst.map((content) => RegExp.escape(content)).join("|")})`);
  }

  encode(text: string): number[] {
    return atOnce(this.encoding(text));
  }

  *encoding(text: string): Generator<void, number[]> {
    const normal = text.toWellFormed().normalize("NFC");
    const sections = this.#addedPattern ? normal.split(this.#addedPattern) : [normal];
    const tokens: number[] = [];
    let words = 0;
    for (const section of sections) {
      const added = this.#added.get(section);
      if (added !== undefined) tokens.push(added);
      else {
        for (const [word] of section.matchAll(WORDS)) {
          const known = this.#words.get(word);
          for (const token of known ?? (yield* this.#word(word))) tokens.push(token);
          if (++words % WORDS_PER_STEP === 0) yield;
        }
      }
    }
    return tokens;
  }

  *#word(word: string): Generator<void, readonly number[]> {
    const bytes = new Int32Array(this.#encoder.encode(word));
    for (let at = 0; at < bytes.length; at++) bytes[at] = this.#byteTokens[bytes[at]!]!;
    const tokens = yield* this.#merges.applying(bytes);
    if (word.length <= CACHED_LENGTH) {
      if (this.#words.size === CACHED_WORDS) this.#words.clear();
      this.#words.set(word, tokens);
    }
    return tokens;
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

/** The merges, as token ids. */
function mergesOf(
  { model: { vocab, merges } }: z.infer<typeof tokenizerJson>,
): [left: number, right: number, token: number][] {
  const idOf = (piece: string) => {
    if (Object.hasOwn(vocab, piece)) return vocab[piece]!;
    throw new VocabularyError(`the merge piece "${piece}" is not in the vocabulary`);
  };
  return merges.map((merge) => {
    const [left, right, ...others] = typeof merge === "string" ? merge.split(" ") : merge;
    if (left === undefined || right === undefined || others.length > 0) {
      throw new VocabularyError(`the merge "${merge}" is not two pieces`);
    }
    return [idOf(left), idOf(right), idOf(left + right)];
  });
}

/** The bytes of every token, empty for special tokens. */
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
          throw new VocabularyError(`token ${id} has "${char}", which does not represent a byte`);
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
 * The characters that represent the 256 bytes in byte-level BPE: printable Latin-1 characters represent themselves, the
 * others are mapped, in order, to U+0100 and up.
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
