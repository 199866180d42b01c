import { z } from "zod";
import { decodeRecord, encodeRecord } from "../../src/records/record.ts";

const record = z.looseObject({});

/** The record of a request with a key, with some fields changed. */
export function idempotencyOf(value: Uint8Array, changed: object): Uint8Array<ArrayBuffer> {
  return encodeRecord(record, { ...decodeRecord(record, value, "a test"), ...changed });
}
