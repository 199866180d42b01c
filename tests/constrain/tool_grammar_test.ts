import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { compileForm } from "../../src/prompt/answer_form.ts";
import { TOOL_FORMATS } from "../../src/prompt/tool_format.ts";
import { Constrainer } from "../../src/constrain/constrainer.ts";
import type { Grammar } from "../../src/constrain/grammar.ts";
import { ByteTokenizer } from "../../src/tokenizer/byte_tokenizer.ts";

const MAX_TOOLS = 128;
const tokenizer = new ByteTokenizer();
const { open, between } = TOOL_FORMATS.hermes;

/** Typical parameters of a function that searches files. */
const parameters = (index: number) => ({
  type: "object",
  properties: {
    path: { type: "string", minLength: 1, maxLength: 200, description: `Path ${index}` },
    limit: { type: "integer", minimum: 1, maximum: 100 },
    description: { type: "integer", minimum: 1, maximum: index + 1 },
    mode: { enum: [`a${index}`, "b"] },
    when: { type: "string", format: "date-time" },
    tags: { type: "array", items: { type: "string", pattern: "^[a-z0-9_-]{1,32}$" } },
    at: {
      type: "object",
      properties: { x: { type: "number" }, y: { anyOf: [{ type: "string" }, { type: "null" }] } },
      required: ["x"],
    },
  },
  required: ["path"],
});

function grammarOf(count: number): Grammar {
  const tools = Array.from(
    { length: count },
    (_, index) => ({ name: `f${index}`, parameters: parameters(index) }),
  );
  const form = { type: "calls", tools, text: false, parallel: false } as const;
  return compileForm("form", form);
}

/** Whether a call may start like this. */
function mayBegin(grammar: Grammar, call: number, json: string): boolean {
  const matcher = new Constrainer(tokenizer).open(grammar, { endOfText: -1, stop: [] });
  return tokenizer.encode(`${open}f${call}${between}${json}`).every((token) => {
    const allowed = matcher.allows(token);
    if (allowed) matcher.accept(token);
    return allowed;
  });
}

describe("the grammar of many functions", () => {
  it("has room for the maximum number of functions, and few additional states per function", () => {
    const statesOf = ({ final }: Grammar) => final.length;
    const [one, two] = [statesOf(grammarOf(1)), statesOf(grammarOf(2))];
    const all = statesOf(grammarOf(MAX_TOOLS));
    assert(two - one < one / 2, `${one} states for one function, ${two - one} for a second`);
    assert(all < 100_000, String(all));
  });

  it("distinguishes parameters that differ only in a bound", () => {
    const grammar = grammarOf(MAX_TOOLS);
    for (const index of [0, 1, 8, 127]) {
      const ends = (json: string) => mayBegin(grammar, index, json);
      const before = '{"path":"a",';
      assert(ends(`${before}"description":${index + 1}}`));
      assert(!ends(`${before}"description":${index + 2}}`));
      assert(ends(`${before}"mode":"a${index}"}`));
      assert(!ends(`${before}"mode":"a${index + 1}"}`));
      assert(ends(`${before}"limit":100}`));
      assert(!ends(`${before}"limit":101}`));
      assert(!ends('{"path":""'));
      assert(ends(`${before}"tags":["a-1"],"at":{"x":1.5,"y":null}}`));
      assert(!ends(`${before}"tags":["A"`));
    }
  });
});
