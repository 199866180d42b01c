import { describe, it } from "@std/testing/bdd";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import assert from "node:assert/strict";
import { Constrainer } from "../../src/constrain/constrainer.ts";
import { compileSchema } from "../../src/constrain/json_schema/compile_schema.ts";
import type { Matcher } from "../../src/constrain/matcher.ts";
import { ByteTokenizer } from "../../src/tokenizer/byte_tokenizer.ts";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { WorldTokenizer } from "../../src/tokenizer/world_tokenizer.ts";
import { Fuzz } from "../fuzz.ts";
import { randomSchema } from "./random_schema.ts";

const END = 0;
const ENDS = { endOfText: END, stop: ["\n\nUser:"] };
const world = new WorldTokenizer(
  Deno.readFileSync(new URL("../../models/tern-7m/vocab.txt", import.meta.url)),
);
/** One token per byte, and an end token. */
const bytes: Tokenizer = {
  vocabSize: 257,
  encode: (text) => new ByteTokenizer().encode(text).map((byte) => byte + 1),
  *encoding(text) {
    yield;
    return this.encode(text);
  },
  bytes: (token) => token === END ? new Uint8Array() : Uint8Array.of(token - 1),
};
/** Fragments of tokens that end a string and start another, or end within a character or an escape. */
const fragments = [
  '"',
  "\\",
  '\\"',
  '\\""',
  '"}',
  '", "',
  "{",
  "}",
  "[",
  "],",
  ":",
  ' "',
  "1",
  "0.",
  "a",
  "b\\u0",
];
const awkward: Tokenizer = (() => {
  const fuzz = new Fuzz("vocabulary");
  const encoder = new TextEncoder();
  const words = Array.from({ length: 700 }, () => {
    const text = Array.from({ length: 1 + fuzz.below(4) }, () => fuzz.pick(fragments)).join("");
    const all = encoder.encode(text + fuzz.pick(["", "", "é", "😀", "Ж"]));
    return all.slice(0, Math.max(1, all.length - fuzz.below(2)));
  });
  return {
    vocabSize: 257 + words.length,
    encode: bytes.encode,
    encoding: bytes.encoding,
    bytes: (token) => token < 257 ? bytes.bytes(token) : words[token - 257]!,
  };
})();
const constrainers = [world, bytes, awkward].map((tokenizer) => ({
  tokenizer,
  constrainer: new Constrainer(tokenizer),
}));

/** The token ids of a mask. */
function allowed(mask: Uint32Array, tokenizer: Tokenizer): number[] {
  return Array.from({ length: tokenizer.vocabSize }, (_, token) => token)
    .filter((token) => (mask[token >> 5]! >>> (token & 31)) & 1);
}

/** Samples allowed tokens at random, and after `patience` tokens those of the shortest completion. */
function draw(matcher: Matcher, tokenizer: Tokenizer, fuzz: Fuzz, patience: number): string {
  const drawn: number[] = [];
  for (let count = 0; count < 20_000; count++) {
    let token: number;
    if (count < patience) token = fuzz.pick(allowed(matcher.mask(), tokenizer));
    else {
      const logits = new Float32Array(tokenizer.vocabSize).fill(-1000);
      logits[END] = 0;
      const masked = matcher.apply(logits);
      token = masked.indexOf(masked.reduce((a, b) => Math.max(a, b)));
    }
    const accepted = matcher.accept(token);
    if (accepted !== "ended") drawn.push(...tokenizer.bytes(token));
    if (accepted !== "open") return new TextDecoder().decode(Uint8Array.from(drawn));
  }
  throw new Error("The answer does not end");
}

/** Samples at most `limit` tokens, each settled so that the answer is complete. */
function drawWithin(matcher: Matcher, tokenizer: Tokenizer, fuzz: Fuzz, limit: number): string {
  const drawn: number[] = [];
  for (let left = limit - 1; left >= 0; left--) {
    const token = matcher.settle(fuzz.pick(allowed(matcher.mask(), tokenizer)), left);
    const accepted = matcher.accept(token);
    if (accepted !== "ended") drawn.push(...tokenizer.bytes(token));
    if (accepted !== "open") break;
  }
  assert(matcher.mayEnd, `incomplete after ${limit} tokens`);
  return new TextDecoder().decode(Uint8Array.from(drawn));
}

/** Whether the grammar of a schema accepts a text, read byte by byte. */
function allows(schema: unknown, text: string): boolean {
  const { constrainer } = constrainers[1]!;
  const matcher = constrainer.open(compileSchema(JSON.stringify(schema), schema), ENDS);
  try {
    for (const token of bytes.encode(text)) matcher.accept(token);
    return matcher.mayEnd;
  } catch {
    return false;
  }
}

describe("an answer under a schema", () => {
  it("parses and validates for random schemas and tokens", () => {
    const fuzz = new Fuzz("schemas");
    const ajv = new Ajv2020({
      strict: false,
      strictNumbers: true,
      // Quotients of doubles are inexact.
      multipleOfPrecision: 4,
    });
    (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
    let [schemas, drawn, reported] = [0, 0, 0];
    for (let round = 0; schemas < 300; round++) {
      const schema = randomSchema(fuzz);
      const what = () => `schema ${JSON.stringify(schema)}`;
      const grammar = compileSchema(`${round}`, schema);
      const [unenforced] = grammar.unenforced;
      if (unenforced) {
        // Random bounds may be contradictory, and constants of another type.
        if (!/allows no finite value/.test(unenforced.why)) reported++;
        continue;
      }
      schemas++;
      // All random schemas contain the same $id.
      ajv.removeSchema("https://example.com/other");
      const validate = ajv.compile(schema);
      for (const { tokenizer, constrainer } of constrainers) {
        const { distance } = constrainer.open(grammar, ENDS);
        for (const ending of [0, 60, "in time"] as const) {
          // Uncached masks are slow for a large vocabulary.
          if (ending === "in time" && tokenizer === world && round % 8 > 0) continue;
          const matcher = constrainer.open(grammar, ENDS);
          const text = ending === "in time"
            ? drawWithin(matcher, tokenizer, fuzz, distance + fuzz.below(30))
            : draw(matcher, tokenizer, fuzz, ending);
          let value: unknown;
          assert.doesNotThrow(() => value = JSON.parse(text), `${what()}\n${text}`);
          assert(validate(value), `${what()}\n${text}\n${JSON.stringify(validate.errors)}`);
          drawn++;
        }
      }
    }
    assert(drawn > 1_000, `${drawn}`);
    assert(reported < schemas / 4, `${reported} reports for ${schemas} schemas`);
  });

  it("has a mask of exactly the tokens that can be read", () => {
    const fuzz = new Fuzz("masks");
    for (let round = 0; round < 60; round++) {
      const { tokenizer, constrainer } = constrainers[round % 3]!;
      const schema = randomSchema(fuzz);
      const grammar = compileSchema(`mask ${round}`, schema);
      const matcher = constrainer.open(grammar, ENDS);
      for (let count = 0; count < 30; count++) {
        const tokens = allowed(matcher.mask(), tokenizer);
        if (count % 9 === 0) {
          const possible = Array.from({ length: tokenizer.vocabSize }, (_, token) => token)
            .filter((token) => matcher.allows(token));
          assert.equal(String(tokens), String(possible), JSON.stringify(schema));
        }
        const token = fuzz.pick(tokens);
        if (matcher.accept(token) !== "open") break;
      }
    }
  });

  it("has the same mask after reading the same tokens again", () => {
    const { constrainer, tokenizer } = constrainers[0]!;
    const grammar = compileSchema("again", { type: "object", properties: { a: { maxLength: 9 } } });
    const tokens = tokenizer.encode('{"a": "some');
    const [one, other] = [constrainer.open(grammar, ENDS), constrainer.open(grammar, ENDS)];
    for (const token of tokens) {
      one.mask();
      one.accept(token);
    }
    for (const token of tokens) other.accept(token);
    assert.deepEqual(one.mask(), other.mask());
  });

  const LANGUAGES: [schema: unknown, inside: string[], outside: string[]][] = [
    [{ type: "integer", minimum: -3, maximum: 12 }, ["-3", "-1", "0", "9", "12"], [
      "-4",
      "13",
      "-0",
      "01",
      "1.0",
    ]],
    [{ type: "integer", exclusiveMinimum: 9.5, exclusiveMaximum: 101 }, ["10", "99", "100"], [
      "9",
      "101",
    ]],
    [{ type: "integer", multipleOf: 7, minimum: 1 }, ["7", "14", "700"], ["0", "1", "15"]],
    [{ type: "number", minimum: 0.25, maximum: 1 }, ["0.25", "0.9", "1", "1.000"], [
      "0.2",
      "0.2499",
      "1.1",
      "1.001",
      "0",
    ]],
    [{ type: "number", exclusiveMinimum: 0 }, ["0.5", "1", "99"], ["0", "0.0", "-1"]],
    [{ type: "number" }, ["-0.5e-9", "10E+2", "0"], ["1e999", ".5", "1.", "+1"]],
    [{ type: "string", minLength: 2, maxLength: 3 }, ['"ab"', '"é😀x"', '"\\u00e9\\n"'], [
      '"a"',
      '"abcd"',
      '"\\ud83dab"',
      '"a\nb"',
    ]],
    [{ pattern: "^a+$" }, ['"a"', '"aaa"'], ['""', '"ab"', '"\\u0061"']],
    [{ pattern: "^.{2}$", maxLength: 1 }, [], ['"a"']],
    [{ enum: ["a", 1, null, { x: [1] }] }, ['"a"', "1", "null", '{"x":[1]}'], ["2", '"ab"']],
    [{ const: 'q"' }, ['"q\\""'], ['"q"']],
    [{ type: "array", items: { type: "null" }, minItems: 1, maxItems: 2 }, [
      "[null]",
      "[null, null]",
      "[null,null]",
    ], ["[]", "[null,null,null]", "[null,  null]"]],
    [{ type: "array", prefixItems: [{ const: 1 }, { const: 2 }], items: false }, [
      "[]",
      "[1]",
      "[1,2]",
    ], ["[2]", "[1,2,3]"]],
    [{ properties: { a: { const: 1 }, b: { const: 2 } }, required: ["b"] }, [
      '{"a":1,"b":2}',
      '{"b": 2}',
    ], ["{}", '{"a":1}', '{"b":2,"a":1}', '{"b":2,"c":1}']],
    [{ properties: { ab: { const: 1 } }, additionalProperties: { const: 2 } }, [
      '{"ab":1,"c":2}',
      '{"abc":2}',
      '{"a":2, "a":2}',
      "{}",
    ], ['{"ab":2}', '{"ab":1,"ab":2}', '{"c":1}']],
    [{ type: "object" }, ['{"x":[1,{"y":"z"}]}'], ["[]", '{"x":}']],
    [{ properties: { a: {} }, additionalProperties: false, required: ["a"] }, ['{"a":[[]]}'], [
      "{}",
    ]],
    [{ anyOf: [{ type: "boolean" }, { const: "true" }] }, ["true", "false", '"true"'], ['"false"']],
    [{ $ref: "#/$defs/a~1b", $defs: { "a/b": { enum: [5] } } }, ["5"], ["6"]],
    [{ type: ["null", "string"], maxLength: 0 }, ["null", '""'], ['"a"']],
    [true, ["1", "[]", ' {"a":"b"}'], ["  1", "1 "]],
    [{ format: "date" }, ['"2024-02-29"', '"2000-02-29"', '"2025-12-31"', '"2025-04-30"'], [
      '"2024-02-30"',
      '"2024-13-01"',
      '"2025-02-29"',
      '"1900-02-29"',
      '"2025-04-31"',
    ]],
    [{ format: "ipv6" }, ['"::"', '"::1"', '"2001:db8::ff00:42:8329"', '"1:2:3:4:5:6:7:8"'], [
      '"1:2:3"',
      '"1::2::3"',
      '"1:2:3:4:5:6:7:8:9"',
      '"12345::"',
    ]],
    [{ format: "duration" }, ['"P1Y2M3DT4H5M6S"', '"PT5M"', '"P3W"', '"P1YT1S"'], [
      '"P"',
      '"PT"',
      '"P1M1Y"',
      '"P1Y1D"',
      '"P1DT"',
    ]],
    [{ format: "uri" }, [
      '"https://example.com/a?b=c#d"',
      '"http://localhost:8080/"',
      '"urn:isbn:1"',
    ], [
      '"https://a.1"',
      '"https://xn--a.com"',
      '"example.com"',
    ]],
    [{ type: "number", multipleOf: 0.01 }, ["0.05", "1.5", "-3", "12.340"].slice(0, 3), [
      "0.001",
      "1.005",
    ]],
    [{ type: "number", multipleOf: 0.25, minimum: 1 }, ["1", "1.25", "1.5", "7.75"], [
      "1.2",
      "0.75",
    ]],
    [{ type: "integer", multipleOf: 1.5 }, ["0", "3", "-6"], ["1", "1.5", "2"]],
    [{ minimum: 3, exclusiveMinimum: true, type: "integer" }, ["4"], ["3"]],
    [{ type: "string", nullable: true }, ['"a"', "null"], ["1"]],
    [{ type: "integer", format: "int32" }, ["2147483647", "-2147483648"], ["2147483648"]],
    [{ type: "array", items: [{ const: 1 }], additionalItems: { const: 2 } }, ["[]", "[1,2,2]"], [
      "[2]",
      "[1,1]",
    ]],
    [{ type: "array", uniqueItems: true, items: { enum: ["a", "b", "c"] } }, [
      "[]",
      '["c","a"]',
      '["b", "c", "a"]',
    ], ['["a","a"]', '["a","b","a"]']],
    [{ type: "array", uniqueItems: true, items: { enum: [..."abcdefghij"] }, maxItems: 3 }, [
      '["a"]',
      '["b","c","j"]',
    ], ['["a","a"]', '["a","b","c","d"]']],
    [{ type: "array", uniqueItems: true, items: { type: "boolean" }, minItems: 2 }, [
      "[true,false]",
      "[false,true]",
    ], ["[true]", "[true,true]"]],
    [{ type: "object", minProperties: 1 }, ['{"a":1}'], ["{}"]],
    [{ properties: { a: {}, b: {}, c: {} }, minProperties: 2, maxProperties: 2 }, [
      '{"a":1,"b":2}',
      '{"a":1,"c":2}',
    ], ["{}", '{"b":1}', '{"a":1,"b":2,"c":3}']],
    [{ properties: { a: {} }, minProperties: 2 }, ['{"a":1,"b":2}', '{"a":1,"b":2,"c":3}'], [
      '{"a":1}',
      '{"b":1}',
      '{"b":1,"b":2}',
    ]],
    [{ additionalProperties: { type: "null" }, maxProperties: 1 }, ["{}", '{"a":null}'], [
      '{"a":null,"b":null}',
    ]],
    [{ patternProperties: { "^x-": { type: "null" } } }, ['{"x-a":null}', "{}"], [
      '{"x-a":1}',
      '{"y":null}',
    ]],
    [
      {
        properties: { "x-b": { type: "integer" } },
        patternProperties: {
          "^x": { type: ["null", "integer"] },
          "z$": { type: ["null", "string"] },
        },
        additionalProperties: { type: "boolean" },
      },
      ['{"x-b":1,"xa":null,"z":"a","xz":null,"c":true}'],
      [
        '{"x-b":null}',
        '{"xz":1}',
        '{"c":null}',
      ],
    ],
    [
      { propertyNames: { pattern: "^[a-z]{2}$" }, additionalProperties: { const: 1 } },
      ['{"ab":1}'],
      [
        '{"a":1}',
        '{"abc":1}',
      ],
    ],
    [
      { propertyNames: { enum: ["a", "b"] }, additionalProperties: { const: 1 } },
      ['{"a":1,"b":1}'],
      [
        '{"c":1}',
        '{"a":1,"a":1}',
      ],
    ],
    [{
      allOf: [{ properties: { a: { type: "string" } } }, {
        properties: { a: { maxLength: 1 }, b: {} },
      }],
    }, [
      '{"a":"x","b":1}',
    ], ['{"a":"xy"}', '{"a":1}']],
    [{ anyOf: [{ type: "string" }, { type: "null" }], maxLength: 1 }, ['"a"', "null"], ['"ab"']],
    [
      {
        $ref: "#/$defs/base",
        properties: { b: {} },
        required: ["b"],
        $defs: { base: { properties: { a: {} }, required: ["a"] } },
      },
      ['{"b":1,"a":2}'],
      ['{"b":1}', '{"a":1}'],
    ],
    [
      {
        type: "object",
        properties: { a: {}, b: {} },
        dependentRequired: { a: ["b"] },
      },
      ["{}", '{"b":1}', '{"a":1,"b":2}'],
      ['{"a":1}'],
    ],
    [
      {
        properties: { a: {}, b: {} },
        dependencies: { a: { properties: { b: { const: 1 } }, required: ["b"] } },
      },
      ["{}", '{"b":2}', '{"a":1,"b":1}'],
      ['{"a":1}', '{"a":1,"b":2}'],
    ],
    [{ enum: ["a", "bb", 3, null], type: ["string", "null"], minLength: 2 }, ['"bb"', "null"], [
      '"a"',
      "3",
    ]],
    [{ enum: [1, 2, 3], not: { const: 2 } }, ["1", "3"], ["2"]],
    [
      {
        $id: "https://example.com/root.json",
        properties: {
          a: { $ref: "part.json" },
          b: { $ref: "#here" },
          c: { $ref: "part.json#/$defs/n" },
        },
        $defs: {
          part: { $id: "part.json", type: "null", $defs: { n: { const: 5 } } },
          other: { $anchor: "here", type: "boolean" },
        },
      },
      ['{"a":null,"b":true,"c":5}'],
      ['{"a":1}', '{"b":null}', '{"c":6}'],
    ],
    [{ properties: { a: true, b: false } }, ['{"a":1}'], ['{"b":1}']],
    [{
      oneOf: [{ properties: { a: {} }, required: ["a"] }, {
        properties: { b: {} },
        required: ["b"],
      }],
    }, [
      '{"a":1}',
      '{"b":1}',
    ], ["{}", '{"a":1,"b":1}']],
    [{ format: "constructor", type: "string" }, ['"a"'], ["1"]],
    [{ oneOf: [{ const: 1, title: "One" }, { const: 2, title: "Two" }] }, ["1", "2"], ["3"]],
    [{
      type: "string",
      "x-ui": 1,
      example: "a",
      unheardOf: {},
      then: {},
      contentEncoding: "base64",
      format: "binary",
    }, [
      '"a"',
    ], ["1"]],
  ];
  for (const [schema, inside, outside] of LANGUAGES) {
    it(`is exactly a value of ${JSON.stringify(schema)}`, () => {
      if (inside.length === 0) {
        assert.match(compileSchema("none", schema).unenforced[0]!.why, /allows no finite value/);
        return;
      }
      assert.deepEqual(compileSchema("exact", schema).unenforced, []);
      for (const text of inside) assert(allows(schema, text), text);
      for (const text of outside) assert(!allows(schema, text), text);
    });
  }

  const REPORTED: [schema: unknown, ...paths: string[]][] = [
    [{ properties: { a: { not: {} } } }, "properties.a.not"],
    [{ if: {}, then: { type: "null" }, else: false }, "if"],
    [{ type: "array", items: { uniqueItems: true } }, "items.uniqueItems"],
    [{ type: "array", contains: { type: "null" } }, "contains"],
    [{ type: "array", unevaluatedItems: false }, "unevaluatedItems"],
    [{ properties: { a: {} }, unevaluatedProperties: false }, "unevaluatedProperties"],
    [{ type: "object", minProperties: 2 }, "minProperties"],
    [{ patternProperties: { "(?<=a)b": {} } }, "patternProperties.(?<=a)b"],
    [{ oneOf: [{ type: "string" }, { maxLength: 3 }] }, "oneOf"],
    [{ oneOf: [{ required: ["a"] }, { required: ["b"] }], properties: { a: {}, b: {} } }, "oneOf"],
    [{ $ref: "other.json" }, "$ref"],
    [{ $ref: "#/$defs/none" }, "$ref"],
    [{ $ref: 5 }, "$ref"],
    [{ pattern: "(?<=a)b" }, "pattern"],
    [{ pattern: "(a)\\1" }, "pattern"],
    [{ pattern: "[" }, "pattern"],
    [{ pattern: 5 }, "pattern"],
    [{ format: "regex" }, "format"],
    [{ format: 5, type: "string" }, "format"],
    [{ type: "text" }, "type"],
    [{ type: "integer", multipleOf: 1e-300 }, "multipleOf"],
    [{ type: "integer", multipleOf: 123457 }, "multipleOf"],
    [{ minimum: "3" }, "minimum"],
    [{ maxItems: -1 }, "maxItems"],
    [{ enum: 5 }, "enum"],
    [{ enum: ["\ud800", "a"] }, "enum"],
    [{ properties: [] }, "properties"],
    [{ required: "a" }, "required"],
    [{ required: [1] }, "required.0"],
    [{ required: ["a", null] }, "required.1"],
    [{ properties: { a: { required: true } } }, "properties.a.required"],
    [{ divisibleBy: 5 }, "divisibleBy"],
    [{ anyOf: 5 }, "anyOf"],
    [{ allOf: {} }, "allOf"],
    [5, ""],
    [{ properties: { a: { $ref: "#" } }, required: ["a"] }, ""],
    [{ minimum: 3, maximum: 2 }, ""],
    [{ enum: [] }, ""],
    [false, ""],
    [
      { not: {}, minItems: "1", items: { format: "regex", type: "string" } },
      "not",
      "minItems",
      "items.format",
    ],
  ];
  for (const [schema, ...paths] of REPORTED) {
    it(`is valid JSON although ${paths.join() || "the schema"} is not enforced: ${JSON.stringify(schema)}`, () => {
      const grammar = compileSchema("reported", schema);
      const found = grammar.unenforced.map(({ path }) => path.join("."));
      assert.deepEqual(found.sort(), paths.sort());
      const { tokenizer, constrainer } = constrainers[0]!;
      JSON.parse(draw(constrainer.open(grammar, ENDS), tokenizer, new Fuzz("reported"), 20));
    });
  }

  const deep = (depth: number): unknown => depth === 0 ? {} : { items: deep(depth - 1) };
  const chain = (length: number): unknown => ({
    $ref: "#/$defs/0",
    $defs: Object.fromEntries(
      Array.from(
        { length },
        (_, i) => [i, i + 1 < length ? { items: { $ref: `#/$defs/${i + 1}` } } : {}],
      ),
    ),
  });
  const LARGE: [name: string, schema: unknown][] = [
    ["nesting", deep(300)],
    ["nesting by references", chain(4_900)],
    ["many properties", {
      properties: Object.fromEntries(Array.from({ length: 6_000 }, (_, i) => [i, {}])),
    }],
    ["many enumerated values", { enum: Array.from({ length: 20_000 }, (_, i) => i) }],
    ["a long constant", { const: "x".repeat(300_000) }],
    ["nested repetition", { pattern: "^((a{100}){100}){100}$" }],
    ["a pattern with a large maxLength", { pattern: "^(a|b)*$", maxLength: 100_000 }],
    ["a large minItems", { minItems: 2 ** 30 }],
  ];
  for (const [name, schema] of LARGE) {
    it(`is valid JSON for a schema beyond the limits: ${name}`, () => {
      const grammar = compileSchema("large", schema);
      assert.notEqual(grammar.unenforced.length, 0);
      assert(grammar.final.length <= 100_000);
      const { tokenizer, constrainer } = constrainers[1]!;
      JSON.parse(draw(constrainer.open(grammar, ENDS), tokenizer, new Fuzz("large"), 20));
    });
  }
});
