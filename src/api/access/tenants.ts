import { type KeyEntry, parseKeyEntry } from "./key_entry.ts";

/** Whose requests they all are when no key is configured. */
export const PUBLIC_TENANT = "public";

/** Hexadecimal digits of a digest that name a tenant: 128 bits. */
const TENANT_DIGITS = 32;

/** What the tenant of a name begins with, so that it is never that of a key without a name. */
const NAMED = "@";

/** The tenant of a key without a name, by the hexadecimal digits of the key's SHA-256 digest. */
export function tenantOfDigest(digest: string): string {
  return digest.slice(0, TENANT_DIGITS).toLowerCase();
}

/** What was stored for a tenant, and the name that has it from now on. */
export interface TenantClaim {
  readonly name: string;
  /** The tenant as it was called before. */
  readonly tenant: string;
}

/** A name for several keys. `public` would be mistaken for what {@linkcode PUBLIC_TENANT} has stored. */
const NAME = /^(?!public$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Whether keys can be called so. */
export function isTenantName(text: string): boolean {
  return NAME.test(text);
}

/**
 * An entry like `acme=sha256:0f...`: the name `acme` has what was stored for that key while it had no name. `public`
 * instead of a digest is what was stored when there were no keys, `@old` what was stored under the name `old`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(parseTenantClaim("acme=public"), { name: "acme", tenant: "public" });
 * assert.deepEqual(parseTenantClaim("acme=@old"), { name: "acme", tenant: "@old" });
 * assert.equal(parseTenantClaim("acme=other"), undefined);
 * ```
 */
export function parseTenantClaim(text: string): TenantClaim | undefined {
  const [name = "", before = "", ...others] = text.split("=");
  if (!isTenantName(name) || others.length > 0) return undefined;
  if (before === PUBLIC_TENANT) return { name, tenant: PUBLIC_TENANT };
  if (before.startsWith(NAMED) && isTenantName(before.slice(NAMED.length))) {
    return { name, tenant: before };
  }
  const key = parseKeyEntry(before);
  return key && key.name === undefined ? { name, tenant: tenantOfDigest(key.digest) } : undefined;
}

/**
 * Whose keys they are. Keys of one name are one tenant, so that a key can be replaced by another; a key without a name
 * is a tenant of its own.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const [a, b, c] = ["0a", "0b", "0c"].map((byte) => byte.repeat(32));
 * const keys = [`acme=sha256:${a}`, `acme=sha256:${b}`, `sha256:${c}`];
 * const tenants = new Tenants(keys, [{ name: "acme", tenant: "public" }]);
 * assert.equal(tenants.ofDigest(b!), "public");
 * assert.equal(tenants.ofDigest(c!), "0c".repeat(16));
 * assert.equal(tenants.ofName("beta"), "@beta");
 * ```
 */
export class Tenants {
  readonly keys: readonly KeyEntry[];
  readonly #claims: ReadonlyMap<string, string>;
  readonly #known: ReadonlySet<string>;

  /**
   * @param keys entries as {@linkcode parseKeyEntry} has them
   * @param claims what names have that was stored before they were given
   */
  constructor(keys: readonly string[], claims: readonly TenantClaim[] = []) {
    this.keys = keys.map(parseKeyEntry).filter((key) => key !== undefined);
    this.#claims = new Map(claims.map(({ name, tenant }) => [name, tenant]));
    this.#known = new Set(
      this.keys.length === 0 ? [PUBLIC_TENANT] : this.keys.map((key) => this.ofKey(key)),
    );
  }

  /** The tenant of a name. */
  ofName(name: string): string {
    return this.#claims.get(name) ?? NAMED + name;
  }

  /** The tenant of a key. */
  ofKey({ name, digest }: KeyEntry): string {
    return name === undefined ? tenantOfDigest(digest) : this.ofName(name);
  }

  /** The tenant of a key, by its digest in hexadecimal digits. It need not be one of these. */
  ofDigest(digest: string): string {
    const digits = digest.toLowerCase();
    return this.ofKey(this.keys.find((key) => key.digest === digits) ?? { digest: digits });
  }

  /** Whether somebody has a key of this tenant. Without keys everybody is {@linkcode PUBLIC_TENANT}. */
  includes(tenant: string): boolean {
    return this.#known.has(tenant);
  }

  /** All tenants that somebody has a key of. */
  [Symbol.iterator](): Iterator<string> {
    return this.#known.values();
  }
}
