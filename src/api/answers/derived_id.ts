/** Digits as {@linkcode randomId} has them. */
const DIGITS = 48;

/** An id that always is the same for the same text, and tells nothing of it. */
export async function derivedId(prefix: string, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return prefix + digest.toHex().slice(0, DIGITS);
}
