import { SchemaTooLargeError } from "../errors.ts";
import type { Unenforced } from "../grammar.ts";
import type { GrammarBuilder } from "../grammar_builder.ts";
import { Report } from "./report.ts";
import { SchemaCompiler } from "./schema_compiler.ts";
import type { Located } from "./schema_part.ts";
import { SharedRules } from "./shared_rules.ts";

/** The values of a root schema: of any type, or only objects, like the arguments of a function. */
export type RootKind = "value" | "object";

interface Root {
  readonly located: Located;
  readonly kind: RootKind;
  readonly from: number;
  readonly to: number;
}

const OBJECTS: Located = { schema: { type: "object" }, path: [] };

/**
 * Writes the rules of a grammar's root schemas, which are separate documents. A schema that is too large or allows no
 * value is replaced by any value, so that it does not affect the others.
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
   * Declares the rule of a schema, to be written by {@linkcode RootRules.write}. Everything else in the grammar is
   * written first, since it must not run out of states.
   *
   * @param located the schema, with a path that is prepended to reported paths
   */
  declare(located: Located, kind: RootKind): number {
    const [from, to] = [this.#builder.state(), this.#builder.end()];
    this.#roots.push({ located, kind, from, to });
    return from;
  }

  /** Writes all declared rules. Returns the constraints that they do not enforce. */
  write(): readonly Unenforced[] {
    const reports = this.#roots.map((root) => this.#write(root));
    const endless = new Set(this.#builder.endless(this.#roots.map(({ from }) => from)));
    return this.#roots.flatMap((root, index) => {
      const report = reports[index]!;
      if (endless.has(root.from)) {
        this.#writeAny(root);
        report.add([], "it allows no finite value");
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
