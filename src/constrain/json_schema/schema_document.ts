import { asList, isObject } from "./keyword_values.ts";
import { hasLimits, REFERENCES } from "./keywords.ts";
import { References } from "./references.ts";
import type { Report } from "./report.ts";
import type { SchemaLimits } from "./schema_limits.ts";
import type { Atom, Located } from "./schema_part.ts";

/**
 * A schema with all that is in it. Several of its parts may hold for the same value: by `$ref`, by `allOf`, or because
 * one names a property that another speaks of. They are kept as lists of schemas, in which each part is the same object
 * wherever it is found, so that lists can be compared.
 */
export class SchemaDocument {
  readonly #references: References;
  readonly #report: Report;
  readonly #limits: SchemaLimits;
  /** Schemas that were made from those of the document, by those and by what was done. */
  readonly #derived = new Map<unknown, Map<string, Readonly<Record<string, unknown>>>>();

  constructor(root: unknown, report: Report, limits: SchemaLimits) {
    this.#references = new References(root);
    this.#report = report;
    this.#limits = limits;
  }

  /**
   * Schemas with those that they lead to by `$ref` and `allOf`, as far as they limit values.
   *
   * @returns undefined if one of them allows nothing
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

  /** A schema that was made from another: the same object if the same is done again. */
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

  /** A schema without a keyword. */
  without(atom: Atom, keyword: string): Atom {
    return this.derive(atom, `without ${keyword}`, () => {
      const { [keyword]: _, ...rest } = atom.schema;
      return rest;
    });
  }
}
