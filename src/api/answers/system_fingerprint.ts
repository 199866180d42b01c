/** Digits of the digest that are shown. */
const DIGITS = 12;

/** OpenAI's form of a fingerprint of model, engine and precision: `fp_` and 12 hexadecimal digits. */
export async function systemFingerprint(fingerprint: string): Promise<string> {
  const bytes = new TextEncoder().encode(fingerprint);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `fp_${digest.toHex().slice(0, DIGITS)}`;
}
