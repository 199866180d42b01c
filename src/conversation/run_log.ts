import { z } from "zod";
import type { Key, KvStore, StoreOptions } from "../store/kv_store.ts";
import { CorruptSnapshotError } from "./errors.ts";
import { logKey, logPrefix } from "./keys.ts";
import { decodeRecord, encodeRecord } from "./records.ts";
import type { LoggedPiece } from "./run.ts";

/** Bytes of an entry at the most: what fits a value of every store, with room for what vouches for it. */
const ENTRY_BYTES = 60 * 1024;

/** UTF-16 units of a piece at the most: even if each needs six bytes in JSON, it fits an entry. */
export const PIECE_UNITS = 8_192;

/** Each piece as its text and its tokens. */
const entrySchema = z.array(z.tuple([z.string(), z.array(z.int().nonnegative())]));

const encoder = new TextEncoder();

/**
 * The writes that add pieces to a log.
 *
 * @param pieces each has {@linkcode PIECE_UNITS} at the most
 * @param index the number of the first new entry
 */
export function logWrites(
  tenant: string,
  id: string,
  index: number,
  pieces: readonly LoggedPiece[],
): { readonly key: Key; readonly value: Uint8Array }[] {
  const entries: [string, number[]][][] = [];
  let bytes = Infinity;
  for (const { text, tokens } of pieces) {
    const entry: [string, number[]] = [text, [...tokens]];
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

/** Where in a log one is: entries and pieces before. */
export interface LogPosition {
  readonly entries: number;
  readonly pieces: number;
}

/** The beginning of a log. */
export const LOG_START: LogPosition = { entries: 0, pieces: 0 };

/** Pieces of a log, and the position after them. */
export interface LogRead {
  readonly pieces: readonly LoggedPiece[];
  readonly next: LogPosition;
}

/**
 * Reads a log on from a position, an entry at a time.
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
      .map(([text, tokens]) => ({ text, tokens }));
    entries++;
    pieces += read.length;
    yield { pieces: read, next: { entries, pieces } };
  }
}

/** A text in pieces that a log takes. No piece ends within a surrogate pair. */
export function splitText(text: string): string[] {
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + PIECE_UNITS, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end--;
    parts.push(text.slice(at, end));
    at = end;
  }
  return parts;
}
