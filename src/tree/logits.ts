import { CorruptSnapshotError } from "../records/errors.ts";

/** The scores of tokens as bytes: float32, little-endian like every machine that runs Tern. */
export function toBytes({ buffer, byteOffset, byteLength }: Float32Array<ArrayBuffer>) {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Reads back what a snapshot keeps of logits. @throws {CorruptSnapshotError} if they are not whole numbers of 4 bytes */
export function toLogits(id: string, bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  if (bytes.length % Float32Array.BYTES_PER_ELEMENT !== 0) {
    throw new CorruptSnapshotError(id, "its logits are cut off");
  }
  return new Float32Array(bytes.slice().buffer);
}
