import type { Entry } from "./kv_store.ts";

/** Bytes of a counter. */
const COUNTER_BYTES = 8;

/**
 * What a counter is at: the value of a key that is only ever added to.
 *
 * @param entry absent: nothing was added yet
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(counterValue(undefined), 0);
 * assert.equal(counterValue({ value: counterBytes(-3) }), -3);
 * ```
 */
export function counterValue(entry: Pick<Entry, "value"> | undefined): number {
  if (entry === undefined) return 0;
  const { buffer, byteOffset } = entry.value;
  return Number(new DataView(buffer, byteOffset).getBigInt64(0, true));
}

/** A counter as bytes: a whole number of 64 bits, little-endian, two's complement. */
export function counterBytes(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(COUNTER_BYTES);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(count), true);
  return bytes;
}
