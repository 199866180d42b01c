import type { z } from "zod";
import { crc32 } from "./crc32.ts";
import { CorruptSnapshotError } from "./errors.ts";
import { packJson, unpackJson } from "./packed_json.ts";

/** Bytes of the checksum before a record. */
const CHECKSUM_BYTES = 4;

/** Encodes a record: CRC-32 of the rest (32 bits, little-endian), then packed JSON. */
export function encodeRecord<T>(_schema: z.ZodType<T>, record: T): Uint8Array<ArrayBuffer> {
  const json = encodeJson(record);
  const bytes = new Uint8Array(CHECKSUM_BYTES + json.length);
  new DataView(bytes.buffer).setUint32(0, crc32(json), true);
  bytes.set(json, CHECKSUM_BYTES);
  return bytes;
}

/**
 * Decodes a record.
 *
 * @param id named in the error
 * @throws {CorruptSnapshotError} if the bytes are not a valid record.
 */
export function decodeRecord<T>(schema: z.ZodType<T>, bytes: Uint8Array, id: string): T {
  if (bytes.length < CHECKSUM_BYTES) throw new CorruptSnapshotError(id, "its record is cut off");
  const json = bytes.subarray(CHECKSUM_BYTES);
  const checksum = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (checksum !== crc32(json)) {
    throw new CorruptSnapshotError(id, "its record is damaged: its checksum does not match");
  }
  try {
    return schema.parse(decodeJson(json));
  } catch (cause) {
    throw new CorruptSnapshotError(
      id,
      "its record has a form that this version of the server does not know",
      {
        cause,
      },
    );
  }
}

/** Encodes a value as packed JSON without a checksum: for blobs, which have hashes. */
export function encodeJson(value: unknown): Uint8Array<ArrayBuffer> {
  return packJson(JSON.stringify(value));
}

/**
 * Decodes what {@linkcode encodeJson} wrote, or JSON that was not packed.
 *
 * @throws {SyntaxError | TypeError} if it is neither.
 */
export function decodeJson(bytes: Uint8Array): unknown {
  return JSON.parse(unpackJson(bytes));
}
