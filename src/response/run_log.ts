import { z } from "zod";
import type { Piece } from "../engine/generate.ts";
import { CorruptSnapshotError } from "../records/errors.ts";
import { logKey, logPrefix } from "../records/keys.ts";
import { decodeRecord, encodeRecord } from "../records/record.ts";
import type { TokenLogprobs } from "../sampling/token_logprobs.ts";
import type { Key, KvStore, StoreOptions } from "../store/kv_store.ts";

/** The most bytes of an entry: fits a value of every store, with room for the checksum. */
const ENTRY_BYTES = 60 * 1024;

/** The most UTF-16 units of a piece: fits an entry even if each takes six bytes in JSON. */
export const PIECE_UNITS = 8_192;

/** The most tokens with logprobs of a piece: with all alternatives they fill half an entry. */
const PIECE_LOGPROBS = 16;

/** A token and its logprob; negative infinity is `null` in JSON. */
const logprobSchema = z.tuple([z.int().nonnegative(), z.number().nullable()]);

/** Each piece as text and tokens, then logprobs: each token with its alternatives. */
const entrySchema = z.array(z.union([
  z.tuple([z.string(), z.array(z.int().nonnegative())]),
  z.tuple([z.string(), z.array(z.int().nonnegative()), z.array(z.array(logprobSchema).min(1))]),
]));

type LogEntry = z.infer<typeof entrySchema>;

function toEntry({ text, tokens, logprobs }: Piece): LogEntry[number] {
  if (logprobs === undefined) return [text, [...tokens]];
  const told = logprobs.map((chosen) =>
    [chosen, ...chosen.top].map(({ token, logprob }): z.infer<typeof logprobSchema> => [
      token,
      logprob === -Infinity ? null : logprob,
    ])
  );
  return [text, [...tokens], told];
}

function fromEntry([text, tokens, told]: LogEntry[number]): Piece {
  const piece = { type: "text", text, tokens } as const;
  if (told === undefined) return piece;
  const logprobs = told.map((entry): TokenLogprobs => {
    const [chosen, ...top] = entry.map(([token, logprob]) => ({
      token,
      logprob: logprob ?? -Infinity,
    }));
    return { ...chosen!, top };
  });
  return { ...piece, logprobs };
}

const encoder = new TextEncoder();

/**
 * The writes that append pieces to a log.
 *
 * @param pieces each with at most {@linkcode PIECE_UNITS}
 * @param index of the first new entry
 */
export function logWrites(
  tenant: string,
  id: string,
  index: number,
  pieces: readonly Piece[],
): { readonly key: Key; readonly value: Uint8Array }[] {
  const entries: LogEntry[] = [];
  let bytes = Infinity;
  for (const piece of pieces) {
    const entry = toEntry(piece);
    const size = encoder.encode(JSON.stringify(entry)).length + 1;
    if (bytes + size > ENTRY_BYTES) {
      entries.push([]);
      bytes = 2;
    }
    entries.at(-1)!.push(entry);
    bytes += size;
  }
  return entries.map((entry, i) => ({
    key: logKey(tenant, id, index + i),
    value: encodeRecord(entrySchema, entry),
  }));
}

/** A position in a log: the entries and pieces before it. */
export interface LogPosition {
  readonly entries: number;
  readonly pieces: number;
}

/** The beginning of a log. */
export const LOG_START: LogPosition = { entries: 0, pieces: 0 };

/** Pieces of a log, and the position after them. */
export interface LogRead {
  readonly pieces: readonly Piece[];
  readonly next: LogPosition;
}

/**
 * Reads a log from a position, one entry at a time.
 *
 * @throws {CorruptSnapshotError} if an entry cannot be read.
 */
export async function* readLog(
  store: KvStore,
  tenant: string,
  id: string,
  from: LogPosition,
  options?: StoreOptions,
): AsyncGenerator<LogRead> {
  let { entries, pieces } = from;
  const after = entries === 0 ? {} : { after: logKey(tenant, id, entries - 1) };
  for await (const entry of store.list(logPrefix(tenant, id), { ...options, ...after })) {
    if (entry.key.at(-1) !== logKey(tenant, id, entries).at(-1)) {
      throw new CorruptSnapshotError(id, `entry ${entries} of its log is missing`);
    }
    const read = decodeRecord(entrySchema, entry.value, `${id}, entry ${entries} of its log`)
      .map(fromEntry);
    entries++;
    pieces += read.length;
    yield { pieces: read, next: { entries, pieces } };
  }
}

/**
 * Splits a piece into pieces that fit the log. The first has the tokens. No piece ends within a surrogate pair.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const text = "a".repeat(PIECE_UNITS + 1);
 * assert.deepEqual(splitPiece({ type: "text", text, tokens: [1, 2] }).map(({ text, tokens }) => [text.length, tokens]), [
 *   [PIECE_UNITS, [1, 2]],
 *   [1, []],
 * ]);
 * ```
 */
export function splitPiece({ text, tokens, logprobs }: Piece): Piece[] {
  const told = logprobs && Math.max(1, Math.ceil(logprobs.length / PIECE_LOGPROBS));
  // Where few characters carry many logprobs, pieces are shorter.
  const units = Math.max(2, Math.min(PIECE_UNITS, Math.ceil(text.length / (told ?? 1))));
  const parts: Piece[] = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + units, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end--;
    const [first, next] = [parts.length, parts.length + 1].map((n) => n * PIECE_LOGPROBS);
    parts.push({
      type: "text",
      text: text.slice(at, end),
      tokens: at === 0 ? tokens : [],
      ...(logprobs
        ? { logprobs: logprobs.slice(first, end < text.length ? next : undefined) }
        : {}),
    });
    at = end;
  }
  return parts;
}
