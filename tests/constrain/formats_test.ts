import { describe, it } from "@std/testing/bdd";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import assert from "node:assert/strict";
import { FORMATS } from "../../src/constrain/formats.ts";
import { compileSchema } from "../../src/constrain/json_schema/compile_schema.ts";
import { parsePattern } from "../../src/constrain/pattern.ts";
import { Fuzz } from "../fuzz.ts";
import { randomWalk } from "./random_walk.ts";

/** Typical texts of each format. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  "date": ["2024-02-29", "1999-12-31", "2000-02-29"],
  "time": ["23:59:59Z", "08:00:00.123456+02:00"],
  "date-time": ["2026-11-30T17:00:00Z"],
  "duration": ["P1Y2M10DT2H30M", "PT36H", "P4W", "P1D"],
  "email": ["first.last+tag@mail.example.com"],
  "idn-email": ["a@b.org"],
  "hostname": ["localhost", "www.Example.com"],
  "idn-hostname": ["example.com"],
  "ipv4": ["127.0.0.1", "255.255.255.255"],
  "ipv6": ["::", "::1", "fe80::1:2", "2001:db8:0:0:0:0:0:1", "1:2:3:4:5:6:7::"],
  "uri": [
    "https://en.wikipedia.org/wiki/Vienna_(city)?a=1&b=%20#History",
    "http://localhost:8000",
    "mailto:a@b.org",
    "urn:isbn:0451450523",
  ],
  "iri": ["https://example.com/"],
  "url": ["https://example.com/a/b.html"],
  "uri-reference": ["/a/b?c#d", "../x", "#top", "", "https://example.com"],
  "iri-reference": ["a/b"],
  "uri-template": ["https://example.com/a"],
  "uuid": ["123e4567-e89b-12d3-a456-426614174000", "018F6F1E-7C00-7000-8000-000000000000"],
  "json-pointer": ["", "/a~1b/0"],
  "relative-json-pointer": ["0", "1/a", "2#"],
  "byte": ["", "aGk=", "aGVsbG8h"],
};

describe("FORMATS", () => {
  const ajv = new Ajv2020({ strict: false });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  for (const [format, pattern] of Object.entries(FORMATS)) {
    it(`match typical examples: ${format}`, () => {
      const nfa = parsePattern(pattern);
      assert(EXAMPLES[format]?.length);
      for (const example of EXAMPLES[format]) assert(nfa.matches(example), example);
    });

    it(`match only what validators and parsers accept: ${format}`, () => {
      const fuzz = new Fuzz(format);
      const grammar = compileSchema(format, { type: "string", format });
      assert.deepEqual(grammar.unenforced, []);
      // ajv lacks the international formats. Their patterns equal the others.
      const known = format.replace("idn-", "").replace("iri", "uri");
      const validate = ajv.compile({ format: known });
      for (let round = 0; round < 400; round++) {
        const text = randomWalk(grammar, fuzz, fuzz.below(80));
        const value: string = JSON.parse(text);
        assert(validate(value), text);
        if (["uri", "iri", "url"].includes(format)) assert(URL.canParse(value), text);
        if (/-(reference|template)$/.test(format)) {
          assert(URL.canParse(value, "http://a.b/c"), text);
        }
        if (format === "ipv6") assert(URL.canParse(`http://[${value}]/`), text);
        if (format.endsWith("hostname") && !/^\d|\.\d|xn--/.test(value)) {
          assert(URL.canParse(`http://${value}/`), text);
        }
      }
    });
  }
});
