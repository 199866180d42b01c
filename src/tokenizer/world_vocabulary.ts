import { decodePythonLiteral } from "./python_literal.ts";
import { VocabularyError } from "./vocabulary_error.ts";

/** The tokens of a World vocabulary. Token `id` is `pool[starts[id], ends[id])`, empty for unused ids. */
export interface WorldVocabulary {
  /** The highest id plus one. */
  readonly size: number;
  /** `[size]` */
  readonly starts: Int32Array;
  /** `[size]` */
  readonly ends: Int32Array;
  /** The concatenated bytes of all tokens. */
  readonly pool: Uint8Array;
}

/** Bounds the size of tables indexed by id. */
const MAX_TOKEN = 2 ** 20 - 1;
/** Maximum file size in bytes: the capacity of the trie over the tokens. The World vocabulary has a seventh of it. */
const MAX_FILE = 2 ** 23;
/** Whether a byte never occurs in UTF-8 (RFC 3629, section 1). */
const isNeverInUtf8 = (byte: number): boolean => byte === 0xc0 || byte === 0xc1 || byte > 0xf4;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

/**
 * Parses a World vocabulary file. Each line is a token, `id repr length`: `repr` is a Python str or bytes literal and
 * `length` its number of bytes. Lines end in LF or CRLF, which the last line may lack.
 *
 * Every byte that occurs in UTF-8 must be a token, so that every text can be encoded.
 *
 * @throws {VocabularyError} If the file is invalid.
 *
 * @see https://github.com/BlinkDL/ChatRWKV/blob/main/tokenizer/rwkv_vocab_v20230424.txt
 */
export function parseWorldVocabulary(file: Uint8Array): WorldVocabulary {
  if (file.length > MAX_FILE) throw new VocabularyError(`the file exceeds ${MAX_FILE} bytes`);
  checkUtf8(file);
  // A decoded literal is never longer than the literal, so the file's size bounds the pool.
  const pool = new Uint8Array(file.length);
  const ids: number[] = [];
  const offsets = [0];
  const singles = new Set<number>();
  let length = 0;
  for (const [begin, end] of lines(file)) {
    const line = ids.length + 1;
    const first = file.subarray(begin, end).indexOf(SPACE) + begin;
    const last = file.lastIndexOf(SPACE, end - 1);
    if (first < begin || last <= first) {
      throw new VocabularyError("expected `id token length`", { line });
    }
    const id = parseDecimal(file, begin, first);
    if (!(id > 0 && id <= MAX_TOKEN)) {
      throw new VocabularyError(`the id is not a number from 1 to ${MAX_TOKEN}`, { line });
    }
    const size = decode(file.subarray(first + 1, last), pool.subarray(length), line);
    if (size === 0) throw new VocabularyError(`token ${id} is empty`, { line });
    if (size !== parseDecimal(file, last + 1, end)) {
      throw new VocabularyError(`token ${id} has ${size} bytes, not the length stated`, { line });
    }
    if (size === 1) singles.add(pool[length]!);
    length += size;
    ids.push(id);
    offsets.push(length);
  }
  for (let byte = 0; byte < 256; byte++) {
    if (!singles.has(byte) && !isNeverInUtf8(byte)) {
      const hex = byte.toString(16).padStart(2, "0");
      throw new VocabularyError(`no token for the single byte 0x${hex}, so not every text encodes`);
    }
  }
  return index(ids, offsets, pool.slice(0, length));
}

function index(ids: readonly number[], offsets: readonly number[], pool: Uint8Array) {
  const size = ids.reduce((highest, id) => Math.max(highest, id), 0) + 1;
  const starts = new Int32Array(size);
  const ends = new Int32Array(size);
  ids.forEach((id, i) => {
    if (ends[id] !== 0) throw new VocabularyError(`id ${id} appears twice`, { line: i + 1 });
    starts[id] = offsets[i]!;
    ends[id] = offsets[i + 1]!;
  });
  return { size, starts, ends, pool };
}

/** The byte range of each line, without its line break. */
function* lines(file: Uint8Array): Generator<[begin: number, end: number]> {
  let begin = 0;
  while (begin < file.length) {
    const lf = file.indexOf(LF, begin);
    const end = lf === -1 ? file.length : lf;
    yield [begin, end > begin && file[end - 1] === CR ? end - 1 : end];
    begin = end + 1;
  }
}

function checkUtf8(file: Uint8Array): void {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    decoder.decode(file);
    return;
  } catch {
    // Find the line.
  }
  let line = 0;
  for (const [begin, end] of lines(file)) {
    line++;
    try {
      decoder.decode(file.subarray(begin, end));
    } catch (cause) {
      throw new VocabularyError("not UTF-8", { line, cause });
    }
  }
}

function decode(literal: Uint8Array, target: Uint8Array, line: number): number {
  try {
    return decodePythonLiteral(literal, target);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new VocabularyError(cause.message, { line, cause });
    throw cause;
  }
}

/** Parses decimal digits. NaN if the range is empty or has other bytes. */
function parseDecimal(file: Uint8Array, begin: number, end: number): number {
  let value = begin < end ? 0 : NaN;
  for (let at = begin; at < end; at++) {
    const digit = file[at]! - 0x30;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : NaN;
  }
  return value;
}
