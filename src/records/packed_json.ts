import { JSON_WORDS } from "./json_words.ts";

/** Bytes that begin what is packed. JSON has no control characters, so text that was never packed is read as it is. */
const HEX = 0x01;
const BASE64 = 0x02;
const AGAIN = 0x03;
const WORD = 0x04;
const FIRST_WORD = 0x05;
const LAST = 0x1f;

/** Words that are a byte each. */
const SHORT_WORDS = LAST - FIRST_WORD + 1;

/** Pairs of hexadecimal digits that make a run. */
const LEAST_PAIRS = 4;

/** The greatest number in a byte. */
const MOST = 255;

/** Characters of 32 bytes in base64url without padding: a SHA-256. */
const HASH_CHARACTERS = 43;
const HASH_BYTES = 32;

const BASE64_OPTIONS = { alphabet: "base64url", omitPadding: true } as const;

const codes = new Map(JSON_WORDS.map((word, code) => [word, code]));

const packable = new RegExp(
  [
    // A longer word before one that it begins with.
    ...JSON_WORDS.toSorted((a, b) => b.length - a.length).map((word) => RegExp.escape(word)),
    `(?:[0-9a-f]{2}){${LEAST_PAIRS},${MOST}}`,
    String.raw`[\w-]{${HASH_CHARACTERS}}(?![\w-])`,
  ].join("|"),
  "g",
);

/**
 * JSON in fewer bytes, about half: UTF-8, but for runs of hexadecimal digits and hashes, which are written as their bytes
 * (as a number, if one stands there before), and for {@linkcode JSON_WORDS}, which are written as theirs. Never longer
 * than the JSON.
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
  // Each UTF-16 unit is at most three bytes, and what is packed is shorter than it was.
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
 * Reads back what {@linkcode packJson} wrote, and UTF-8 that was never packed.
 *
 * @throws {TypeError} if it is neither.
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

/** What stands for one of the words. */
function packWord(found: string): Uint8Array | undefined {
  const code = codes.get(found);
  if (code === undefined) return undefined;
  return code < SHORT_WORDS ? Uint8Array.of(FIRST_WORD + code) : Uint8Array.of(WORD, code);
}

/**
 * What stands for a run of digits, or for a hash.
 *
 * @param runs those before it, with their numbers, to which it is added
 * @returns `undefined` for a word that has the length of a hash but is not one
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

/** The bytes of a hash, if the text is how they are written: its last character has two bits to spare. */
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
