/** Scripts and styles that stand in a page. */
const INLINE = /<(script|style)\b[^>]*>([^]*?)<\/\1>/g;

async function hashesOf(html: string, element: string): Promise<string> {
  const texts = [...html.matchAll(INLINE)].filter(([, name]) => name === element);
  const hashes = texts.map(async ([, , text]) => {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return `'sha256-${new Uint8Array(hash).toBase64()}'`;
  });
  return (await Promise.all(hashes)).join(" ") || "'none'";
}

/**
 * The Content-Security-Policy of a page that has its scripts and styles in itself: it may run these, named by their
 * hashes, and no others, and talk to the server that it came from.
 *
 * Source: W3C, Content Security Policy Level 3.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const policy = await pagePolicy("<script>1</script>");
 * assert.match(policy, /script-src 'sha256-[A-Za-z0-9+\/]{43}='; style-src 'none'/);
 * ```
 */
export async function pagePolicy(html: string): Promise<string> {
  return [
    "default-src 'none'",
    `script-src ${await hashesOf(html, "script")}`,
    `style-src ${await hashesOf(html, "style")}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
