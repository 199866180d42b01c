import { homeOf } from "./home.ts";

/** The form of ids that the API creates. They are random, since anyone of a tenant who knows an id can continue it. */
const CONVERSATION_ID = /^conv_[0-9a-f]{48}$/;

/** Whether a text has the form of a conversation id. Other texts never reach the store. */
export function isConversationId(text: string): boolean {
  return CONVERSATION_ID.test(text);
}

/** See {@linkcode CONVERSATION_ID}. */
const RESPONSE_ID = /^resp_[0-9a-f]{48}$/;

/** Whether a text has the form of a response id. Other texts never reach the store. */
export function isResponseId(text: string): boolean {
  return RESPONSE_ID.test(text);
}

/** Random bytes in the ids of snapshots, logs and requests. */
const BLOB_ID_BYTES = 16;

/**
 * Creates a unique id for a blob.
 *
 * @param beside the id of a response or a conversation: the blob is placed where that is
 */
export function newBlobId(beside?: string): string {
  const id = crypto.getRandomValues(new Uint8Array(BLOB_ID_BYTES)).toHex();
  const home = beside === undefined ? undefined : homeOf(beside);
  return home === undefined ? id : `${home}.${id}`;
}
