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

const encoder = new TextEncoder();

/** Whether a grammar accepts a value with its properties in some order. */
function accepts(grammar: Grammar, value: unknown): boolean {
  const stacks = new Stacks(grammar);
  type Nodes = readonly number[];
  const read = (nodes: Nodes, text: string) =>
    encoder.encode(text).reduce<Nodes>((at, byte) => stacks.step(at, byte), nodes);

  /** The stacks after each way to write a value. */
  function* written(nodes: Nodes, value: unknown): Generator<Nodes> {
    if (nodes.length === 0) return;
    if (Array.isArray(value)) yield* items(read(nodes, "["), value, "");
    else if (typeof value === "object" && value !== null) {
      yield* properties(read(nodes, "{"), Object.entries(value), "");
    } else yield read(nodes, JSON.stringify(value));
  }
  function* items(nodes: Nodes, left: unknown[], comma: string): Generator<Nodes> {
    if (left.length === 0) return yield read(nodes, "]");
    const [first, ...rest] = left;
    for (const after of written(read(nodes, comma), first)) yield* items(after, rest, ",");
  }
  function* properties(
    nodes: Nodes,
    left: readonly [string, unknown][],
    comma: string,
  ): Generator<Nodes> {
    if (left.length === 0) return yield read(nodes, "}");
    for (const [at, [name, value]] of left.entries()) {
      const key = read(nodes, `${comma}${JSON.stringify(name)}:`);
      for (const after of written(key, value)) yield* properties(after, left.toSpliced(at, 1), ",");
    }
  }
  return written([stacks.node(grammar.start, 0, BOTTOM)], value)
    .some((nodes) => nodes.some((node) => stacks.closure(node).ends));
}

/** A validator for a part of a schema with its definitions. A part that does not compile on its own allows nothing. */
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
  // The order of properties is the grammar's choice: a property that several schemas name comes where the first names
  // it.
  it("accepts independently generated values in some order of their properties", () => {
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
      let json: string | undefined;
      try {
        json = JSON.stringify(sampleOf(schema, schema, isAllowed));
      } catch (error) {
        if (error instanceof NoSampleError) continue;
        throw error;
      }
      // JSON drops undefined properties, which Ajv would count.
      const sample: unknown = json && JSON.parse(json);
      if (sample === undefined || !isAllowed(schema, sample)) continue;
      if (accepts(grammar, sample)) accepted++;
      else rejected.push(JSON.stringify([sample, schema]));
    }
    assert(accepted > 40, `${accepted}`);
    assert.deepEqual(rejected, []);
  });
});
