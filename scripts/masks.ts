/**
 * Measures how long it takes to say which tokens may come next, over a vocabulary: for each token of answers drawn at
 * random under a few schemas.
 *
 *     deno task masks --vocab FILE
 *
 * @module
 */
import { parseArgs } from "node:util";
import { compileSchema } from "../src/constrain/json_schema/compile_schema.ts";
import { Masks } from "../src/constrain/masks.ts";
import { Matcher } from "../src/constrain/matcher.ts";
import { endTokens } from "../src/constrain/vocabulary.ts";
import { vocabularyTrie } from "../src/constrain/vocabulary_trie.ts";
import { WorldTokenizer } from "../src/tokenizer/world_tokenizer.ts";

const SCHEMAS: Readonly<Record<string, unknown>> = {
  "any object": { type: "object" },
  "a weather call": {
    type: "object",
    properties: {
      city: { type: "string", description: "The city" },
      unit: { enum: ["celsius", "fahrenheit"] },
    },
    required: ["city", "unit"],
    additionalProperties: false,
  },
  "a long record": {
    type: "object",
    properties: {
      id: { type: "string", format: "uuid" },
      name: { type: "string", minLength: 1, maxLength: 80 },
      age: { type: "integer", minimum: 0, maximum: 150 },
      score: { type: "number", minimum: 0, maximum: 1 },
      tags: { type: "array", items: { type: "string", maxLength: 12 }, maxItems: 5 },
      address: {
        anyOf: [{ type: "null" }, {
          type: "object",
          properties: { street: { type: "string" }, zip: { type: "string", pattern: "^\\d{5}$" } },
          required: ["street", "zip"],
        }],
      },
    },
    required: ["id", "name", "age", "score", "tags", "address"],
  },
  "a tree": {
    $ref: "#/$defs/node",
    $defs: {
      node: {
        type: "object",
        properties: {
          label: { type: "string" },
          children: { type: "array", items: { $ref: "#/$defs/node" } },
        },
        required: ["label", "children"],
      },
    },
  },
};
const TOKENS = 3_000;
const SEED = 42;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    vocab: {
      type: "string",
      default: new URL("../models/tern-7m/vocab.txt", import.meta.url).pathname,
    },
  },
});
const tokenizer = new WorldTokenizer(await Deno.readFile(values.vocab));

let began = performance.now();
const words = {
  trie: vocabularyTrie(tokenizer),
  ends: endTokens(tokenizer, 0, ["\n\nUser:"]),
  bytes: (token: number) => tokenizer.bytes(token),
};
console.log(`${tokenizer.vocabSize} tokens, trie of ${words.trie.bytes.length} nodes`);
console.log(`made in ${(performance.now() - began).toFixed(0)} ms\n`);
console.log("| schema | compiled | first mask | median mask | 90% | 99% | applied (median) |");
console.log("|---|---|---|---|---|---|---|");

let state = SEED;
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

for (const [name, schema] of Object.entries(SCHEMAS)) {
  began = performance.now();
  const grammar = compileSchema(name, schema);
  const compiled = performance.now() - began;
  const masks = new Masks(grammar, words.trie);
  const times: number[] = [];
  const applied: number[] = [];
  const logits = new Float32Array(tokenizer.vocabSize);
  while (times.length < TOKENS) {
    const matcher = new Matcher(masks, grammar.start, words);
    for (let count = 0, open = true; open && count < 200; count++) {
      began = performance.now();
      const mask = matcher.mask();
      times.push(performance.now() - began);
      began = performance.now();
      matcher.apply(logits);
      applied.push(performance.now() - began);
      const allowed = Array.from(logits.keys()).filter((id) => (mask[id >> 5]! >>> (id & 31)) & 1);
      open = matcher.accept(allowed[Math.floor(random() * allowed.length)]!) === "open";
    }
  }
  const first = times[0]!;
  const at = (list: number[], share: number) =>
    `${list.sort((a, b) => a - b)[Math.floor(share * (list.length - 1))]!.toFixed(3)} ms`;
  const cells = [
    name,
    `${compiled.toFixed(1)} ms`,
    `${first.toFixed(3)} ms`,
    at(times, 0.5),
    at(times, 0.9),
    at(times, 0.99),
    at(applied, 0.5),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
