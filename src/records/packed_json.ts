import { JSON_WORDS } from "./json_words.ts";

/** Bytes that mark packed JSON. JSON has no control characters, so text that was never packed is told apart. */
const HEX = 0x01;
const BASE64 = 0x02;
const AGAIN = 0x03;
const WORD = 0x04;
const FIRST_WORD = 0x05;
const LAST = 0x1f;

/** How many of {@linkcode JSON_WORDS} take a single byte. */
const SHORT_WORDS = LAST - FIRST_WORD + 1;

/** The fewest pairs of hexadecimal digits that are packed as a run. */
const LEAST_PAIRS = 4;

/** The greatest number that fits into a byte. */
const MOST = 255;

/** Characters of a SHA-256 in base64url without padding. */
const HASH_CHARACTERS = 43;
const HASH_BYTES = 32;

const BASE64_OPTIONS = { alphabet: "base64url", omitPadding: true } as const;

const codes = new Map(JSON_WORDS.map((word, code) => [word, code]));

const packable = new RegExp(
  [
    // Longest first, since the regular expression takes the first alternative that matches.
    ...JSON_WORDS.toSorted((a, b) => b.length - a.length).map((word) => RegExp.escape(word)),
    `(?:[0-9a-f]{2}){${LEAST_PAIRS},${MOST}}`,
    String.raw`[\w-]{${HASH_CHARACTERS}}(?![\w-])`,
  ].join("|"),
  "g",
);

/**
 * Packs JSON to about half its size. The result is UTF-8, except that runs of hexadecimal digits and hashes become raw
 * bytes (a repeated one becomes the index of its first occurrence), and {@linkcode JSON_WORDS} become their index. It is
 * never longer than the JSON.
 *
 * @param json as `JSON.stringify` writes it
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const json = `{"id":"resp_${"0a".repeat(24)}"}`;
 * assert.equal(packJson(json).length, 1 + 2 + 24 + 2);
 * assert.equal(unpackJson(packJson(json)), json);
 * assert.equal(unpackJson(new TextEncoder().encode(json)), json);
 * ```
 */
export function packJson(json: string): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  // A UTF-16 unit takes at most three bytes of UTF-8, and packing never lengthens.
  const bytes = new Uint8Array(3 * json.length);
  let [length, from] = [0, 0];
  const add = (text: string) => {
    length += encoder.encodeInto(text, bytes.subarray(length)).written;
  };
  const runs = new Map<string, number>();
  for (const { 0: found, index } of json.matchAll(packable)) {
    const packed = packWord(found) ?? packRun(found, runs);
    if (packed === undefined) continue;
    add(json.slice(from, index));
    bytes.set(packed, length);
    length += packed.length;
    from = index + found.length;
  }
  add(json.slice(from));
  return bytes.slice(0, length);
}

/**
 * Unpacks what {@linkcode packJson} wrote; plain UTF-8 is decoded as it is.
 *
 * @throws {TypeError} if the bytes are neither.
 */
export function unpackJson(bytes: Uint8Array): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const runs: string[] = [];
  let json = "";
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    const kind = bytes[at]!;
    if (kind === 0 || kind > LAST) {
      at++;
      continue;
    }
    json += decoder.decode(bytes.subarray(from, at));
    if (kind >= FIRST_WORD) {
      json += JSON_WORDS[kind - FIRST_WORD];
      from = ++at;
      continue;
    }
    const number = bytes[at + 1] ?? 0;
    from = at += 2;
    if (kind === WORD || kind === AGAIN) {
      json += known(kind === WORD ? JSON_WORDS : runs, number);
      continue;
    }
    const run = bytes.subarray(at, at + number);
    if (run.length !== number) throw new TypeError("The packed JSON is cut off");
    const text = kind === HEX ? run.toHex() : run.toBase64(BASE64_OPTIONS);
    runs.push(text);
    json += text;
    from = at += number;
  }
  return json + decoder.decode(bytes.subarray(from));
}

/** The encoding of one of {@linkcode JSON_WORDS}. */
function packWord(found: string): Uint8Array | undefined {
  const code = codes.get(found);
  if (code === undefined) return undefined;
  return code < SHORT_WORDS ? Uint8Array.of(FIRST_WORD + code) : Uint8Array.of(WORD, code);
}

/**
 * The encoding of a run of digits or a hash.
 *
 * @param runs earlier runs and their indices; this one is added
 * @returns `undefined` for a word that is as long as a hash but is not one
 */
function packRun(found: string, runs: Map<string, number>): Uint8Array | undefined {
  const number = runs.get(found);
  if (number !== undefined && number <= MOST) return Uint8Array.of(AGAIN, number);
  const isHash = found.length === HASH_CHARACTERS;
  const bytes = isHash ? hashBytes(found) : Uint8Array.fromHex(found);
  if (bytes === undefined) return undefined;
  runs.set(found, runs.size);
  return Uint8Array.of(isHash ? BASE64 : HEX, bytes.length, ...bytes);
}

/** Decodes a hash if re-encoding gives the same text: its last character has two spare bits. */
function hashBytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(HASH_BYTES);
  const { written } = bytes.setFromBase64(text, BASE64_OPTIONS);
  return written === HASH_BYTES && bytes.toBase64(BASE64_OPTIONS) === text ? bytes : undefined;
}

function known(texts: readonly string[], number: number): string {
  const text = texts[number];
  if (text === undefined) throw new TypeError(`The packed JSON has no text ${number}`);
  return text;
}
