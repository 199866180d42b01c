import { describe, it } from "@std/testing/bdd";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import assert from "node:assert/strict";
import type { Grammar } from "../../src/constrain/grammar.ts";
import { compileSchema } from "../../src/constrain/json_schema/compile_schema.ts";
import { BOTTOM, Stacks } from "../../src/constrain/stacks.ts";
import { Fuzz } from "../fuzz.ts";
import { randomSchema } from "./random_schema.ts";
import { NoSampleError, sampleOf } from "./sample_of.ts";

/** Whether a value may be written. */
function accepts(grammar: Grammar, value: unknown): boolean {
  const stacks = new Stacks(grammar);
  let nodes: readonly number[] = [stacks.node(grammar.start, 0, BOTTOM)];
  for (const byte of new TextEncoder().encode(JSON.stringify(value))) {
    nodes = stacks.step(nodes, byte);
  }
  return nodes.some((node) => stacks.closure(node).ends);
}

/** Orders of a value's properties that are tried. */
const MAX_ORDERS = 2_000;

/** The same value with its properties in every order. */
function* orders(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    const [first, ...others] = value;
    if (value.length === 0) return yield [];
    for (const head of orders(first)) {
      for (const tail of orders(others)) yield [head, ...tail as unknown[]];
    }
  } else if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return yield {};
    for (const [at, [name, inner]] of entries.entries()) {
      for (const first of orders(inner)) {
        for (const rest of orders(Object.fromEntries(entries.toSpliced(at, 1)))) {
          yield { [name]: first, ...rest as object };
        }
      }
    }
  } else yield value;
}

/** Validates a part of a schema that has these definitions. A part that cannot stand alone allows nothing. */
function validatorOf(ajv: Ajv2020, part: unknown, $defs: unknown): (value: unknown) => boolean {
  ajv.removeSchema("https://example.com/other");
  const schema = { ...part as object, $defs };
  try {
    const validate = ajv.compile(schema);
    return (value) => validate(value);
  } catch {
    return () => false;
  } finally {
    ajv.removeSchema(schema);
  }
}

describe("the grammar of a schema", () => {
  // Which order it has is its own: properties that several parts of a schema name come where the first does.
  it("has values, in some order of their properties, that were made without it", () => {
    const fuzz = new Fuzz("samples");
    // Without `allErrors`, Ajv does not notice that a required property named "" is missing.
    const ajv = new Ajv2020({
      strict: false,
      multipleOfPrecision: 4,
      logger: false,
      validateSchema: false,
      allErrors: true,
    });
    (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
    let accepted = 0;
    const rejected: string[] = [];
    for (let round = 0; round < 200; round++) {
      const schema = randomSchema(fuzz);
      const grammar = compileSchema("sample", schema);
      if (grammar.unenforced.length > 0) continue;
      const validators = new Map<unknown, (value: unknown) => boolean>();
      const isAllowed = (part: unknown, value: unknown): boolean => {
        const known = validators.get(part) ?? validatorOf(ajv, part, schema["$defs"]);
        validators.set(part, known);
        return known(value);
      };
      let sample: unknown;
      try {
        sample = sampleOf(schema, schema, isAllowed);
      } catch (error) {
        if (error instanceof NoSampleError) continue;
        throw error;
      }
      if (sample === undefined || !isAllowed(schema, sample)) continue;
      const isAccepted = orders(sample).take(MAX_ORDERS).some((value) => accepts(grammar, value));
      if (isAccepted) accepted++;
      else rejected.push(JSON.stringify([sample, schema]));
    }
    assert(accepted > 40, `${accepted}`);
    assert.deepEqual(rejected, []);
  });
});
