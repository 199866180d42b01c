/** Random bytes in the ids of snapshots, logs and requests. */
const ID_BYTES = 16;

/** Creates a unique id for a blob. */
export function newBlobId(): string {
  return crypto.getRandomValues(new Uint8Array(ID_BYTES)).toHex();
}
