import { sha256, toText } from "../records/digest.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** A piece of a prompt that may be worth states inside. */
export interface LongPiece {
  readonly tokens: readonly number[];
  /** Of these, how many at the end are the template's: they follow every text. */
  readonly tail: number;
}

/** Tokens from which on a piece has states inside. */
export const LEAST_TOKENS = 128;
/** Tokens that a state inside has read of the piece at least. */
const LEAST_READ = 64;
/** Tokens between two states of a piece, unless it is so long that there would be too many. */
const SPACING = 256;
/** Tokens after a place of the spacing in which a line may end, to cut there instead. */
const SEARCH = 64;
/** States of a piece that the spacing makes at the most. */
const MOST_SPACED = 6;
/** Tokens before the end of a piece: a second state is kept before them, for ends of several lines that change. */
const END = 48;
/** Lines at the end of a piece before which a state is looked for. */
const LAST_LINES = 12;
/** Tokens at the end of a piece in which these lines are looked for. */
const LAST_TOKENS = 1024;
/** Tokens of a piece that are hashed together. */
const BLOCK = 1024;

/**
 * The places inside a piece where states are kept: numbers of tokens, rising.
 *
 * - before its last line, which is where a date stands, and before its last lines;
 * - every {@linkcode SPACING} tokens, where a line ends if one does there. In long pieces the spacing is doubled until
 *   there are no more than {@linkcode MOST_SPACED}.
 *
 * Where a place of the spacing is depends on the tokens around it alone, so pieces that begin alike have it in common.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ByteTokenizer } from "../tokenizer/byte_tokenizer.ts";
 *
 * const tokenizer = new ByteTokenizer();
 * const text = `${"A line of a prompt.\n".repeat(10)}Today is Monday.`;
 * const piece = { tokens: tokenizer.encode(text), tail: 0 };
 * assert.deepEqual(cutsToKeep(tokenizer, piece), [160, 200]);
 * ```
 */
export function cutsToKeep(tokenizer: Tokenizer, { tokens, tail }: LongPiece): number[] {
  if (tokens.length < LEAST_TOKENS) return [];
  const end = tokens.length - tail;
  const ends = [1, END]
    .map((distance) => lineEnds(tokenizer, tokens, end - distance).next().value ?? 0)
    .filter((at) => at >= LEAST_READ);
  // A state that those before the last lines are hardly better than is not worth its bytes.
  const last = ends.length > 0 ? Math.min(...ends) - LEAST_READ : end;
  const cuts = spaced(tokenizer, tokens, end, MOST_SPACED).filter((at) => at <= last);
  return [...new Set([...cuts, ...ends])].sort((a, b) => a - b);
}

/** The places inside a piece where there may be states, of this piece or of one that begins like it. */
export function cutsToFind(tokenizer: Tokenizer, { tokens, tail }: LongPiece): number[] {
  if (tokens.length < LEAST_TOKENS) return [];
  const end = tokens.length - tail;
  const lines = lineEnds(tokenizer, tokens, end - 1).take(LAST_LINES);
  // The other piece may be shorter, and have more of them.
  const cuts = new Set([...lines, ...spaced(tokenizer, tokens, end, 2 * MOST_SPACED + 1)]);
  return [...cuts].filter((at) => at >= LEAST_READ).sort((a, b) => a - b);
}

/** The places of the spacing: every one, or every second, fourth, and so on. */
function spaced(
  tokenizer: Tokenizer,
  tokens: readonly number[],
  end: number,
  most: number,
): number[] {
  const count = Math.floor((end - 1) / SPACING);
  const step = 2 ** Math.max(0, Math.ceil(Math.log2(count / most)));
  const cuts: number[] = [];
  for (let place = step; place <= count; place += step) {
    const start = place * SPACING;
    let at = start;
    while (at < start + SEARCH && at < end && !endsLine(tokenizer, tokens[at - 1]!)) at++;
    const found = at < start + SEARCH && at < end;
    cuts.push(found ? at : start);
  }
  return cuts;
}

/** The places after the ends of lines, from the last one back. */
function* lineEnds(
  tokenizer: Tokenizer,
  tokens: readonly number[],
  from: number,
): Generator<number, undefined> {
  for (let at = from; at >= Math.max(LEAST_READ, from - LAST_TOKENS); at--) {
    if (endsLine(tokenizer, tokens[at - 1]!)) yield at;
  }
}

function endsLine(tokenizer: Tokenizer, token: number): boolean {
  return tokenizer.bytes(token).at(-1) === 0x0a;
}

/**
 * Names the states inside a piece, by the tokens that they have read: whatever the text goes on with, a state is found
 * only where its tokens are the same.
 *
 * @param before names what was read before the piece: a prefix hash
 * @param engineFingerprint model, engine and precision
 * @param cuts places in the piece, rising
 * @returns a name for each
 */
export async function cutNames(
  before: string,
  engineFingerprint: string,
  tokens: readonly number[],
  cuts: readonly number[],
): Promise<string[]> {
  let hash = await sha256(
    new TextEncoder().encode(JSON.stringify(["cut", before, engineFingerprint])),
  );
  let hashed = 0;
  const names: string[] = [];
  const upTo = (at: number) => sha256(concat(hash, bytesOf(tokens, hashed, at)));
  for (const cut of cuts) {
    for (; hashed + BLOCK < cut; hashed += BLOCK) hash = await upTo(hashed + BLOCK);
    names.push(toText(await upTo(cut)));
  }
  return names;
}

/** Part of the tokens, each as four bytes. Only a part: all of a long prompt at once would hold up other requests. */
function bytesOf(tokens: readonly number[], from: number, to: number): Uint8Array<ArrayBuffer> {
  const numbers = new Uint32Array(to - from);
  for (let at = from; at < to; at++) numbers[at - from] = tokens[at]!;
  return new Uint8Array(numbers.buffer);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
