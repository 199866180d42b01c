/** A host and perhaps a port, as in the header `Host` (RFC 9110, section 7.2). */
const AUTHORITY = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d*)?$/i;

/** An IPv4 address in four decimal numbers, or an IPv6 address in brackets. */
const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;

/** A host name of letters, digits, hyphens, underscores and dots, or an IP address. */
const HOST = /^([a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|\[?[0-9a-f:]*:[0-9a-f:.]*\]?)$/i;

/** Whether this can stand in the list of hosts: a host name or an IP address, without a port; or `*`. */
export function isHostName(text: string): boolean {
  return text === "*" || HOST.test(text);
}

/**
 * The host of an authority, in lower case, without its port and without a dot at the end. `undefined` if it is not valid.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(parseAuthority("Tern.Example.:8000"), "tern.example");
 * assert.equal(parseAuthority("[::1]:8000"), "[::1]");
 * assert.equal(parseAuthority("a b"), undefined);
 * ```
 */
export function parseAuthority(authority: string): string | undefined {
  return AUTHORITY.exec(authority)?.[1]?.toLowerCase().replace(/\.$/, "");
}

/**
 * Whether a server without keys answers requests for this host: `localhost`, an IP address, or one of these names.
 *
 * Any address will do, because only a name can be made to resolve to another machine.
 *
 * @param names host names or IP addresses. `*`: any host
 * @param host as {@linkcode parseAuthority} gives it
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert(isAllowedHost([], "localhost") && isAllowedHost([], "192.168.1.7"));
 * assert(isAllowedHost(["Tern.local"], "tern.local"));
 * assert(!isAllowedHost(["tern.local"], "rebound.example"));
 * ```
 */
export function isAllowedHost(names: readonly string[], host: string): boolean {
  if (host === "localhost" || ADDRESS.test(host)) return true;
  return names.some((name) => name === "*" || name.toLowerCase().replace(/\.$/, "") === host);
}
