/** Bytes of the random names of snapshots, logs and requests. */
const ID_BYTES = 16;

/** A name that no other blob has. */
export function newBlobId(): string {
  return crypto.getRandomValues(new Uint8Array(ID_BYTES)).toHex();
}
