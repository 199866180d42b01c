import type { Fuzz } from "../fuzz.ts";

/** A JSON Schema, as far as the values of requests are made from it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** Depth from which on only what is required is made. */
const DEEP = 4;

/** Values of every type, for where another type is wanted. */
const ODD: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  "",
  "x",
  "\ud800",
  [],
  [null],
  {},
  { type: "text" },
];

/** Makes values from the schemas of a document. They are near to what these admit, and mostly admitted. */
export class SchemaValues {
  readonly #fuzz: Fuzz;
  readonly #resolve: (ref: string) => Schema;

  /** @param resolve gives the schema that a `$ref` means */
  constructor(fuzz: Fuzz, resolve: (ref: string) => Schema) {
    this.#fuzz = fuzz;
    this.#resolve = resolve;
  }

  /** A value for a schema. */
  value(schema: Schema, depth = 0): unknown {
    if (schema.$ref !== undefined) return this.value(this.#resolve(schema.$ref), depth);
    if ("const" in schema) return schema.const;
    if (schema.enum !== undefined) return this.#fuzz.pick(schema.enum);
    const options = schema.anyOf ?? schema.oneOf;
    if (options !== undefined) return this.value(this.#fuzz.pick(options), depth);
    const type = typeof schema.type === "object" ? this.#fuzz.pick(schema.type) : schema.type;
    switch (type) {
      case "object":
        return this.#object(schema, depth);
      case "array": {
        const { items = {}, minItems = 0 } = schema;
        const length = minItems + (depth < DEEP ? this.#fuzz.below(3) : 0);
        return Array.from({ length }, () => this.value(items, depth + 1));
      }
      case "integer":
        return Math.round(this.#number(schema));
      case "number":
        return this.#number(schema);
      case "boolean":
        return this.#fuzz.below(2) === 0;
      case "null":
        return null;
      case "string":
        return this.#fuzz.text(this.#fuzz.below(3)).slice(0, 40);
      default:
        return this.#fuzz.pick(ODD);
    }
  }

  /** The value with some part of it replaced, removed or added: mostly not admitted. */
  mutated(value: unknown): unknown {
    if (typeof value !== "object" || value === null || this.#fuzz.below(4) === 0) {
      return this.#fuzz.pick(ODD);
    }
    if (Array.isArray(value)) {
      if (value.length === 0) return [this.#fuzz.pick(ODD)];
      const at = this.#fuzz.below(value.length);
      return value.map((item, index) => index === at ? this.mutated(item) : item);
    }
    const names = Object.keys(value);
    if (names.length === 0 || this.#fuzz.below(8) === 0) return { ...value, nonsense: 1 };
    const name = this.#fuzz.pick(names);
    const { [name]: part, ...rest } = value as Record<string, unknown>;
    return this.#fuzz.below(4) === 0 ? rest : { ...rest, [name]: this.mutated(part) };
  }

  #object({ properties = {}, required = [] }: Schema, depth: number): Record<string, unknown> {
    const chance = depth === 0 ? 6 : depth < DEEP ? 3 : Infinity;
    const taken = Object.entries(properties).filter(([name]) =>
      required.includes(name) || (chance < Infinity && this.#fuzz.below(chance) === 0)
    );
    return Object.fromEntries(taken.map(([name, schema]) => [name, this.value(schema, depth + 1)]));
  }

  #number({ minimum, exclusiveMinimum, maximum }: Schema): number {
    const least = minimum ?? exclusiveMinimum ?? 0;
    const most = Math.max(least, Math.min(maximum ?? least + 3, least + 20));
    return least + this.#fuzz.next() * (most - least);
  }
}
