import { homeOf } from "./home.ts";

/** Random bytes in the ids of snapshots, logs and requests. */
const ID_BYTES = 16;

/**
 * Creates a unique id for a blob.
 *
 * @param beside the id of a response or a conversation: the blob lives where it does
 */
export function newBlobId(beside?: string): string {
  const id = crypto.getRandomValues(new Uint8Array(ID_BYTES)).toHex();
  const home = beside === undefined ? undefined : homeOf(beside);
  return home === undefined ? id : `${home}.${id}`;
}
