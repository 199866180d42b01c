import { asList, isObject } from "./keyword_values.ts";
import { hasLimits, REFERENCES } from "./keywords.ts";
import { References } from "./references.ts";
import type { Report } from "./report.ts";
import type { SchemaLimits } from "./schema_limits.ts";
import type { Atom, Located } from "./schema_part.ts";

/**
 * A schema document. Several of its parts may apply to the same value: by `$ref`, by `allOf`, or because several
 * describe the same property. Such parts form lists of schemas. Each part is always represented by the same object, so
 * lists can be compared by identity.
 */
export class SchemaDocument {
  readonly #references: References;
  readonly #report: Report;
  readonly #limits: SchemaLimits;
  /** Derived schemas, by original schema and kind of derivation. */
  readonly #derived = new Map<unknown, Map<string, Readonly<Record<string, unknown>>>>();

  constructor(root: unknown, report: Report, limits: SchemaLimits) {
    this.#references = new References(root);
    this.#report = report;
    this.#limits = limits;
  }

  /**
   * Collects schemas and the ones they refer to by `$ref` and `allOf`, omitting those without constraints.
   *
   * @returns undefined if one of them allows no value
   * @throws {SchemaTooLargeError}
   */
  flatten(schemas: readonly Located[]): readonly Atom[] | undefined {
    const atoms: Atom[] = [];
    const seen = new Set<unknown>();
    const waiting = [...schemas];
    for (const { schema, path } of waiting) {
      if (schema === false) return undefined;
      if (schema === true || seen.has(schema)) continue;
      if (!isObject(schema)) {
        this.#report.add(path, "it must be an object, true or false");
        continue;
      }
      seen.add(schema);
      this.#limits.visit(path);
      const atom = { schema, path };
      for (const keyword of REFERENCES) {
        if (!(keyword in schema)) continue;
        const target = this.#report.attempt(() => this.#references.resolve(atom, keyword));
        if (target) waiting.push(target);
      }
      if ("allOf" in schema) {
        const at = [...path, "allOf"];
        const parts = this.#report.attempt(() => asList(schema["allOf"], at)) ?? [];
        parts.forEach((part, index) => waiting.push({ schema: part, path: [...at, index] }));
      }
      if (hasLimits(schema)) atoms.push(atom);
    }
    return atoms;
  }

  /** A schema derived from another. The same derivation returns the same object. */
  derive(
    { schema, path }: Atom,
    what: string,
    make: () => Readonly<Record<string, unknown>>,
  ): Atom {
    const made = this.#derived.get(schema) ?? new Map<string, Readonly<Record<string, unknown>>>();
    this.#derived.set(schema, made);
    let derived = made.get(what);
    if (derived === undefined) {
      derived = make();
      made.set(what, derived);
      this.#references.derive(derived, schema);
    }
    return { schema: derived, path };
  }

  /** A schema without one of its keywords. */
  without(atom: Atom, keyword: string): Atom {
    return this.derive(atom, `without ${keyword}`, () => {
      const { [keyword]: _, ...rest } = atom.schema;
      return rest;
    });
  }
}
