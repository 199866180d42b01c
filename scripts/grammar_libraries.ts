/**
 * Compares the grammars of this project with those of XGrammar in WebAssembly (@mlc-ai/web-xgrammar): what of JSON Schema
 * each enforces, how long 128 tools take to compile, how long a mask takes over a vocabulary, and what a hostile pattern
 * costs. Both run in this process, one after the other.
 *
 *     deno task grammar-libraries [--suite FOLDER] [--vocab FILE]
 *
 * The suite is the folder `tests/draft4` of the JSON Schema Test Suite (`npm pack json-schema-test-suite@0.0.10`).
 *
 * @module
 */
import type { CompiledGrammar, Grammar as XGrammar } from "@mlc-ai/web-xgrammar";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import type { Grammar } from "../src/constrain/grammar.ts";
import { compileSchema } from "../src/constrain/json_schema/compile_schema.ts";
import { Masks } from "../src/constrain/masks.ts";
import { Matcher } from "../src/constrain/matcher.ts";
import { BOTTOM, Stacks } from "../src/constrain/stacks.ts";
import { toolGrammar } from "../src/constrain/tool_grammar.ts";
import { endTokens } from "../src/constrain/vocabulary.ts";
import { vocabularyTrie } from "../src/constrain/vocabulary_trie.ts";
import { WorldTokenizer } from "../src/tokenizer/world_tokenizer.ts";

/** The package says that it is an ES module and is UMD, so that no runtime can import it as it is. */
async function loadXGrammar(): Promise<typeof import("@mlc-ai/web-xgrammar")> {
  const file = await Deno.makeTempFile({ suffix: ".cjs" });
  try {
    await Deno.copyFile(new URL(import.meta.resolve("@mlc-ai/web-xgrammar")), file);
    return createRequire(import.meta.url)(file);
  } finally {
    await Deno.remove(file);
  }
}

const { Grammar: XGrammars, GrammarCompiler, GrammarMatcher, Testings, TokenizerInfo } =
  await loadXGrammar();

const RECORD = {
  type: "object",
  properties: {
    id: { type: "string", format: "uuid" },
    name: { type: "string", minLength: 1, maxLength: 80 },
    age: { type: "integer", minimum: 0, maximum: 150 },
    tags: { type: "array", items: { type: "string", maxLength: 12 }, maxItems: 5 },
  },
  required: ["id", "name", "age", "tags"],
  additionalProperties: false,
};
const TOOLS = Array.from({ length: 128 }, (_, tool) => ({
  name: `tool_${tool}`,
  parameters: {
    type: "object",
    properties: {
      [`city_${tool}`]: { type: "string" },
      unit: { enum: ["celsius", "fahrenheit"] },
      days: { type: "integer", minimum: 1, maximum: 14 },
    },
    required: [`city_${tool}`, "unit", "days"],
    additionalProperties: false,
  },
}));
const RUNS = 5;
const STEPS = 300;
const SEED = 42;

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    suite: { type: "string" },
    vocab: {
      type: "string",
      default: new URL("../models/vocabularies/rwkv_vocab_v20230424.txt", import.meta.url).pathname,
    },
  },
});

const encoder = new TextEncoder();

/** Whether a grammar of ours writes a text. */
function accepts(grammar: Grammar, text: string): boolean {
  const stacks = new Stacks(grammar);
  let nodes: readonly number[] = [stacks.node(grammar.start, 0, BOTTOM)];
  for (const byte of encoder.encode(text)) nodes = stacks.step(nodes, byte);
  return nodes.some((node) => stacks.closure(node).ends);
}

/** XGrammar prints why it refuses something, besides throwing. */
async function quietly<T>(run: () => Promise<T>): Promise<T> {
  const { log, error, warn } = console;
  console.log = console.error = console.warn = () => {};
  try {
    return await run();
  } finally {
    Object.assign(console, { log, error, warn });
  }
}

async function medianMs(run: () => unknown, runs = RUNS): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < runs; count++) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
  return median(times);
}

function median(values: readonly number[], share = 0.5): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))]!;
}

const suiteSchema = z.array(z.object({
  schema: z.unknown(),
  tests: z.array(z.object({ data: z.unknown(), valid: z.boolean() })),
}));

/** How one library does on a schema of the suite. */
interface Verdict {
  readonly says: "enforced" | "reported" | "refused";
  readonly accepts: (text: string) => Promise<boolean>;
}

function ours(schema: unknown): Promise<Verdict> {
  const grammar = compileSchema("suite", schema);
  return Promise.resolve({
    says: grammar.unenforced.length === 0 ? "enforced" : "reported",
    accepts: (text) => Promise.resolve(accepts(grammar, text)),
  });
}

/** Its strict mode forbids what the schema does not name, which the suite does not ask for. */
async function theirs(schema: unknown): Promise<Verdict> {
  let grammar: XGrammar;
  try {
    grammar = await XGrammars.fromJSONSchema(
      JSON.stringify(schema),
      true,
      undefined,
      undefined,
      false,
    );
  } catch {
    return { says: "refused", accepts: () => Promise.resolve(false) };
  }
  return { says: "enforced", accepts: (text) => Testings.isGrammarAcceptString(grammar, text) };
}

async function suite(folder: string): Promise<void> {
  const groups: z.infer<typeof suiteSchema> = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !name.endsWith(".json")) continue;
    groups.push(...suiteSchema.parse(JSON.parse(await Deno.readTextFile(join(folder, name)))));
  }
  console.log(`JSON Schema Test Suite, draft 4: ${groups.length} schemas\n`);
  console.log(
    "| | nothing reported | reported | does not compile | accepts something invalid, and reports nothing | refuses something valid |",
  );
  console.log("|---|---|---|---|---|---|");
  for (const [name, compile] of [["Tern", ours], ["XGrammar", theirs]] as const) {
    const counts = { enforced: 0, reported: 0, refused: 0 };
    let invalid = 0;
    let valid = 0;
    for (const { schema, tests } of groups) {
      await quietly(async () => {
        const verdict = await compile(schema);
        counts[verdict.says]++;
        if (verdict.says === "refused") return;
        const wrong = { valid: false, invalid: false };
        for (const test of tests) {
          const accepted = await verdict.accepts(JSON.stringify(test.data));
          if (accepted !== test.valid) wrong[test.valid ? "valid" : "invalid"] = true;
        }
        if (wrong.invalid && verdict.says === "enforced") invalid++;
        if (wrong.valid) valid++;
      });
    }
    const cells = [name, counts.enforced, counts.reported, counts.refused, invalid, valid];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

/** The characters that GPT-2 writes bytes with, which XGrammar reads as `byte_level`. */
function byteLevel(bytes: Uint8Array): string {
  const plain = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  const others = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !plain(byte));
  return Array.from(
    bytes,
    (byte) => String.fromCodePoint(plain(byte) ? byte : 256 + others.indexOf(byte)),
  ).join("");
}

let state = SEED;
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

function allowedIn(mask: ArrayLike<number>, size: number): number[] {
  return Array.from({ length: size }, (_, id) => id).filter((id) =>
    (mask[id >> 5]! >>> (id & 31)) & 1
  );
}

async function speed(): Promise<void> {
  const tokenizer = new WorldTokenizer(await Deno.readFile(flags.vocab));
  const size = tokenizer.vocabSize;
  const words = {
    trie: vocabularyTrie(tokenizer),
    ends: endTokens(tokenizer, 0, ["\n\nUser:"]),
    bytes: (token: number) => tokenizer.bytes(token),
  };
  const vocabulary = Array.from({ length: size }, (_, id) => byteLevel(tokenizer.bytes(id)));
  const info = await TokenizerInfo.createTokenizerInfo(vocabulary, "byte_level", false, size, [0]);
  const compiler = await GrammarCompiler.createGrammarCompiler(info, false);
  const format = {
    marker: '<tool_call>{"name": "',
    open: '<tool_call>{"name": "',
    between: '", "arguments": ',
    close: "}</tool_call>",
    separator: "\n",
  };
  const tags = {
    type: "structural_tag" as const,
    format: {
      type: "triggered_tags" as const,
      triggers: ["<tool_call>"],
      tags: TOOLS.map(({ name, parameters }) => ({
        type: "tag" as const,
        begin: format.open + name + format.between,
        content: { type: "json_schema" as const, json_schema: parameters },
        end: format.close,
      })),
    },
  };
  const tools = TOOLS.map((tool) => ({ ...tool, path: [] }));
  const rows: [string, string, string][] = [];
  const ms = (value: number) => `${value.toFixed(value < 1 ? 3 : 0)} ms`;
  rows.push([
    "128 tools compiled",
    ms(await medianMs(() => toolGrammar("t", { tools, format, text: true, parallel: true }))),
    ms(await medianMs(async () => (await compiler.compileStructuralTag(tags)).dispose())),
  ]);
  const schema = JSON.stringify(RECORD);
  rows.push([
    "a record compiled",
    ms(await medianMs(() => compileSchema("record", RECORD))),
    ms(await medianMs(async () => (await compiler.compileJSONSchema(schema)).dispose())),
  ]);

  const mine = { first: 0, times: [] as number[] };
  const grammar = compileSchema("record", RECORD);
  const masks = new Masks(grammar, words.trie);
  while (mine.times.length < STEPS) {
    const matcher = new Matcher(masks, grammar.start, words);
    for (let open = true; open && mine.times.length < STEPS;) {
      const began = performance.now();
      const mask = matcher.mask();
      mine.times.push(performance.now() - began);
      const allowed = allowedIn(mask, size);
      open = matcher.accept(allowed[Math.floor(random() * allowed.length)]!) === "open";
    }
  }
  const other = { times: [] as number[] };
  const compiled: CompiledGrammar = await compiler.compileJSONSchema(schema, false);
  while (other.times.length < STEPS) {
    const matcher = await GrammarMatcher.createGrammarMatcher(compiled);
    while (!matcher.isTerminated() && other.times.length < STEPS) {
      const began = performance.now();
      const mask = await matcher.getNextTokenBitmask();
      other.times.push(performance.now() - began);
      const allowed = allowedIn(mask, size);
      matcher.acceptToken(allowed[Math.floor(random() * allowed.length)]!);
    }
    matcher.dispose();
  }
  rows.push(
    ["first mask", ms(mine.times[0]!), ms(other.times[0]!)],
    ["mask, median", ms(median(mine.times)), ms(median(other.times))],
    ["mask, 99 of 100", ms(median(mine.times, 0.99)), ms(median(other.times, 0.99))],
  );

  const letters = Array.from({ length: 9000 }, (_, at) => String.fromCodePoint(0x4e00 + 2 * at));
  for (const times of [50, 400]) {
    const hostile = { type: "string", pattern: `^[${letters.join("")}]{1,${times}}$` };
    const text = JSON.stringify(hostile);
    rows.push([
      `a pattern of 9,000 characters, {1,${times}}`,
      ms(await medianMs(() => compileSchema("hostile", hostile), 1)),
      await quietly(() =>
        medianMs(async () => (await compiler.compileJSONSchema(text)).dispose(), 1).then(
          ms,
          (error: unknown) => `fails: ${String(error).slice(0, 80)}`,
        )
      ),
    ]);
  }
  console.log(`\n| over ${size} tokens, on one machine | Tern | XGrammar |\n|---|---|---|`);
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
}

if (flags.suite !== undefined) await suite(flags.suite);
await speed();
