import { type Path, SchemaError } from "../errors.ts";
import { isObject } from "./keyword_values.ts";
import type { Atom, Located } from "./schema_part.ts";

/** The base URI of a schema without `$id`. */
const NAMELESS = "https://schema.invalid/";
/** Maximum number of objects and lists searched for `$id` and anchors. */
const MAX_SEARCHED = 50_000;
/** Keywords whose values are data, not schemas. */
const DATA = new Set(["enum", "const", "default", "examples", "example"]);

/** Resolves references within a schema document. */
export class References {
  readonly #root: unknown;
  /** Schemas by the URI of their `$id`, without a fragment. */
  readonly #resources = new Map<string, Located>();
  /** Schemas by the URI of their anchor. */
  readonly #anchors = new Map<string, Located>();
  /** The base URI of each object and list in the document, if it is not {@linkcode NAMELESS}. */
  #bases: Map<unknown, string> | undefined;

  constructor(root: unknown) {
    this.#root = root;
  }

  /**
   * Resolves a reference.
   *
   * @param keyword the keyword whose value is the reference
   * @throws {SchemaError}
   *
   * @see RFC 6901, and section 8.2 of JSON Schema 2020-12
   */
  resolve({ schema, path }: Atom, keyword: string): Located {
    const reference = schema[keyword];
    const at = [...path, keyword];
    if (typeof reference !== "string") throw new SchemaError(at, "it must be a string");
    const bases = this.#bases ??= this.#search();
    const url = addressOf(reference, bases.get(schema) ?? NAMELESS);
    if (url === undefined) throw new SchemaError(at, "it is not a valid reference");
    const fragment = decode(url.hash.slice(1), at);
    const anchor = fragment === ""
      ? undefined
      : this.#anchors.get(`${withoutHash(url)}#${fragment}`);
    if (anchor) return anchor;
    const resource = this.#resources.get(withoutHash(url));
    if (!resource) {
      throw new SchemaError(at, "only references within the schema are supported");
    }
    if (fragment === "") return resource;
    if (!fragment.startsWith("/")) throw new SchemaError(at, "its target does not exist");
    return follow(resource, fragment, at);
  }

  /** Gives a derived schema the base URI of the original. */
  derive(schema: unknown, from: unknown): void {
    const base = this.#bases?.get(from);
    if (base !== undefined) this.#bases?.set(schema, base);
  }

  #search(): Map<unknown, string> {
    const bases = new Map<unknown, string>();
    const waiting: (Located & { readonly base: string })[] = [
      { schema: this.#root, path: [], base: NAMELESS },
    ];
    this.#resources.set(NAMELESS, { schema: this.#root, path: [] });
    for (const { schema, path, base } of waiting) {
      if (typeof schema !== "object" || schema === null) continue;
      const own = isObject(schema) ? this.#name(schema, path, base) : base;
      if (own !== NAMELESS) bases.set(schema, own);
      for (const [key, value] of Object.entries(schema)) {
        const isNested = typeof value === "object" && value !== null && !DATA.has(key);
        if (!isNested || waiting.length >= MAX_SEARCHED) continue;
        const step = Array.isArray(schema) ? Number(key) : key;
        waiting.push({ schema: value, path: [...path, step], base: own });
      }
    }
    return bases;
  }

  /** Registers the `$id` and anchors of a schema. Returns its base URI. */
  #name(schema: Readonly<Record<string, unknown>>, path: Path, base: string): string {
    const located = { schema, path };
    let own = base;
    const id = schema["$id"] ?? schema["id"];
    const url = typeof id === "string" ? addressOf(id, base) : undefined;
    if (url) {
      // In drafts before 2019-09, an id that is a fragment is an anchor.
      if (url.hash.length > 1) this.#anchors.set(url.href, located);
      else {
        own = withoutHash(url);
        if (!this.#resources.has(own)) this.#resources.set(own, located);
      }
    }
    for (const keyword of ["$anchor", "$dynamicAnchor"]) {
      const anchor = schema[keyword];
      if (typeof anchor !== "string") continue;
      const address = `${own}#${anchor}`;
      if (!this.#anchors.has(address)) this.#anchors.set(address, located);
    }
    return own;
  }
}

function follow({ schema, path }: Located, pointer: string, at: Path): Located {
  let found = schema;
  const keys: PropertyKey[] = [...path];
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) {
      throw new SchemaError(at, "its target does not exist");
    }
    keys.push(Array.isArray(found) ? Number(key) : key);
    found = (found as Record<string, unknown>)[key];
  }
  return { schema: found, path: keys };
}

function addressOf(reference: string, base: string): URL | undefined {
  try {
    return new URL(reference, base);
  } catch {
    return undefined;
  }
}

function withoutHash(url: URL): string {
  return url.href.replace(/#.*$/, "");
}

function decode(fragment: string, at: Path): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    throw new SchemaError(at, "it is not a valid reference");
  }
}
