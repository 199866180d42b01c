/** A scheme, a host and perhaps a port. The host or the port may be `*`. */
const ORIGIN =
  /^([a-z][a-z0-9+.-]*):\/\/([^/?#@\s:*]+|\[[0-9a-f:.]+\]|\*|\*\.[^/?#@\s:*]+)?(?::(\d+|\*))?$/;

/** Schemes whose hosts anybody may have: `*` would stand for pages that nobody knows. */
const WEB = /^(https?|wss?|ftp)$/;

/** The hosts of one's own machine. */
const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * Whether this can stand in the list of origins: an origin as browsers send it in the header `Origin`, without a path
 * or a slash at the end, which would never match; or a pattern of some.
 *
 * - `https://app.example`, `app://obsidian.md`, `tauri://localhost`, `file://`: that one
 * - `null`: pages without an origin, which files are, and anything in a sandboxed frame
 * - `https://*.app.example`: all hosts below, at any depth, not `app.example` itself
 * - `chrome-extension://*`: any host of a scheme that is not the web's
 * - `http://localhost:*`: any port of one's own machine
 * - `*`: all
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert(["https://*.app.example", "chrome-extension://*", "app://obsidian.md"].every(isOriginPattern));
 * assert(!["https://*", "https://*.com", "https://app.example/", "app.example"].some(isOriginPattern));
 * ```
 */
export function isOriginPattern(text: string): boolean {
  if (text === "*" || text === "null") return true;
  const [, scheme, host, port] = ORIGIN.exec(text) ?? [];
  if (scheme === undefined) return false;
  if (!WEB.test(scheme)) return host !== undefined || text === "file://";
  if (host === undefined || host === "*") return false;
  if (port === "*") return LOCAL.test(host);
  const fixed = text.replace("*.", "any.");
  // Nobody owns all that is below a top-level domain.
  if (fixed !== text && !host.slice("*.".length).includes(".") && !LOCAL.test(host.slice(2))) {
    return false;
  }
  return URL.parse(fixed)?.origin === fixed;
}

/** Whether pages of this origin are allowed by one of these patterns, as {@linkcode isOriginPattern} has them. */
export function allowsOrigin(patterns: readonly string[], origin: string): boolean {
  return patterns.some((pattern) => matches(pattern, origin));
}

function matches(pattern: string, origin: string): boolean {
  if (pattern === "*" || pattern === origin) return true;
  if (!pattern.includes("*")) return false;
  const [, scheme, host, port] = ORIGIN.exec(pattern)!;
  const [, ofScheme, ofHost, ofPort] = ORIGIN.exec(origin) ?? [];
  if (ofScheme !== scheme || ofHost === undefined || ofHost.includes("*")) return false;
  if (port !== "*" && ofPort !== port) return false;
  if (host === "*") return true;
  return host!.startsWith("*.") ? ofHost.endsWith(host!.slice(1)) : ofHost === host;
}
