import { SchemaError } from "../errors.ts";
import type { Path } from "./schema_part.ts";

/** The references of a schema to parts of itself. */
export class References {
  readonly #root: unknown;

  constructor(root: unknown) {
    this.#root = root;
  }

  /**
   * What a reference leads to, and where that is.
   *
   * @param path where the reference is
   * @throws {SchemaError}
   *
   * @see RFC 6901
   */
  resolve(reference: unknown, path: Path): { schema: unknown; path: Path } {
    if (typeof reference !== "string" || !/^#(\/|$)/.test(reference)) {
      throw new SchemaError(
        path,
        "only references within the schema, as '#/$defs/name', are supported",
      );
    }
    let schema = this.#root;
    const keys: string[] = [];
    for (const part of reference.split("/").slice(1)) {
      const key = unescape(part, path);
      const found = typeof schema === "object" && schema !== null && Object.hasOwn(schema, key);
      if (!found) throw new SchemaError(path, "there is nothing where it leads");
      schema = (schema as Record<string, unknown>)[key];
      keys.push(key);
    }
    return { schema, path: keys };
  }
}

function unescape(part: string, path: Path): string {
  try {
    return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    throw new SchemaError(path, "it is not a reference");
  }
}
