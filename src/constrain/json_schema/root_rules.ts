import { SchemaTooLargeError } from "../errors.ts";
import type { Unenforced } from "../grammar.ts";
import type { GrammarBuilder } from "../grammar_builder.ts";
import { Report } from "./report.ts";
import { SchemaCompiler } from "./schema_compiler.ts";
import type { Located } from "./schema_part.ts";
import { SharedRules } from "./shared_rules.ts";

/** What the values of a schema are: of any type, or objects, as the arguments of a function are. */
export type RootKind = "value" | "object";

interface Root {
  readonly located: Located;
  readonly kind: RootKind;
  readonly from: number;
  readonly to: number;
}

const OBJECTS: Located = { schema: { type: "object" }, path: [] };

/**
 * The rules of the schemas of one grammar, each with references of its own. A schema that is too large, or allows nothing, is
 * replaced by any value, so that one of them does not spoil the others.
 */
export class RootRules {
  readonly #builder: GrammarBuilder;
  readonly #shared: SharedRules;
  readonly #roots: Root[] = [];

  constructor(builder: GrammarBuilder) {
    this.#builder = builder;
    this.#shared = new SharedRules(builder);
  }

  /**
   * The rule of a schema, which is written later: first comes all that must find room in the grammar.
   *
   * @param located the schema, with the path that comes before those of what is reported
   */
  declare(located: Located, kind: RootKind): number {
    const [from, to] = [this.#builder.state(), this.#builder.end()];
    this.#roots.push({ located, kind, from, to });
    return from;
  }

  /** Writes the rules. Returns what they do not enforce. */
  write(): readonly Unenforced[] {
    const reports = this.#roots.map((root) => this.#write(root));
    const endless = new Set(this.#builder.endless(this.#roots.map(({ from }) => from)));
    return this.#roots.flatMap((root, index) => {
      const report = reports[index]!;
      if (endless.has(root.from)) {
        this.#writeAny(root);
        report.add([], "there is no value that it allows, or none that is finite");
      }
      const before = root.located.path;
      return report.entries.map(({ path, why }) => ({ path: [...before, ...path], why }));
    });
  }

  #write(root: Root): Report {
    const { located: { schema }, kind, from, to } = root;
    const builder = this.#builder;
    const size = builder.size;
    const report = new Report();
    const schemas = [{ schema, path: [] }, ...kind === "object" ? [OBJECTS] : []];
    try {
      const compiler = new SchemaCompiler(builder, schema, this.#shared, report);
      builder.call(from, compiler.rule(schemas), to);
      return report;
    } catch (error) {
      if (!(error instanceof SchemaTooLargeError)) throw error;
      builder.truncate(size);
      this.#shared.forget(size);
      this.#writeAny(root);
      const instead = new Report();
      instead.add(error.path, error.why);
      return instead;
    }
  }

  #writeAny({ kind, from, to }: Root): void {
    const any = kind === "object" ? this.#shared.anyObject() : this.#shared.anyValue();
    this.#builder.call(from, any, to);
  }
}
