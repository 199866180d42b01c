/** As the API makes them: random, because who knows an id of a tenant can continue it. */
const PATTERN = /^conv_[0-9a-f]{48}$/;

/** Whether a text has the form of a conversation's id. Whatever else clients send never reaches the store. */
export function isConversationId(text: string): boolean {
  return PATTERN.test(text);
}
