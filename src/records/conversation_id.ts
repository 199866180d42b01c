/** The form of ids that the API creates. They are random, since anyone of a tenant who knows an id can continue it. */
const PATTERN = /^conv_[0-9a-f]{48}$/;

/** Whether a text has the form of a conversation id. Other texts never reach the store. */
export function isConversationId(text: string): boolean {
  return PATTERN.test(text);
}
