/**
 * Shows how much of JSON Schema answers are held to, over collections of schemas: how many compile so that nothing is left
 * unenforced, how many with keywords that are reported, which those are, and how long it takes.
 *
 *     deno task schemas FOLDER...
 *
 * Each folder, or file, is a row. In it are read JSON files that are schemas, lists of schemas with tests as in the JSON Schema
 * Test Suite, and JSON lines of functions with `parameters`. Where there are tests, it also shows how many of the valid
 * instances may be written, and how many of the others.
 *
 * @module
 */
import { basename, join } from "node:path";
import { compileSchema } from "../src/constrain/json_schema/compile_schema.ts";
import type { Grammar } from "../src/constrain/grammar.ts";
import { BOTTOM, Stacks } from "../src/constrain/stacks.ts";

/** A test of the JSON Schema Test Suite. */
interface Test {
  readonly data: unknown;
  readonly valid: boolean;
}

interface Entry {
  readonly schema: unknown;
  readonly tests: readonly Test[];
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a file is a schema: it says so, or is one of an object. */
function isSchema(value: unknown): boolean {
  if (!isObject(value)) return false;
  const draft = value["$schema"];
  return (typeof draft === "string" && draft.includes("schema")) ||
    (value["type"] === "object" && isObject(value["properties"]));
}

function entriesOf(text: string, isLines: boolean): Entry[] {
  const values = (isLines ? text.trim().split("\n") : [text]).map((each): unknown =>
    JSON.parse(each)
  );
  return values.flatMap((value) => {
    if (isObject(value) && isLines) return [{ schema: value["parameters"], tests: [] }];
    if (isSchema(value)) return [{ schema: value, tests: [] }];
    if (!Array.isArray(value)) return [];
    return value.filter((each) => isObject(each) && "schema" in each && "tests" in each);
  });
}

async function* files(path: string): AsyncGenerator<string> {
  if ((await Deno.stat(path)).isFile) return yield path;
  const names = (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort();
  for (const name of names) yield* files(join(path, name));
}

async function read(path: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const file of files(path)) {
    if (!/\.jsonl?$/.test(file)) continue;
    try {
      entries.push(...entriesOf(await Deno.readTextFile(file), file.endsWith("l")));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return entries;
}

const encoder = new TextEncoder();

/** Whether a value may be written. */
function accepts(grammar: Grammar, value: unknown): boolean {
  const stacks = new Stacks(grammar);
  let nodes: readonly number[] = [stacks.node(grammar.start, 0, BOTTOM)];
  for (const byte of encoder.encode(JSON.stringify(value))) nodes = stacks.step(nodes, byte);
  return nodes.some((node) => stacks.closure(node).ends);
}

const share = (count: number, all: number) => `${count} (${Math.round(100 * count / all)} %)`;
const rows = [
  ["collection", "schemas", "exact", "reported", "median ms", "p99 ms", "valid", "invalid"],
];
const keywords = new Map<string, number>();
for (const path of Deno.args) {
  const entries = await read(path);
  const times: number[] = [];
  let exact = 0;
  const [valid, invalid] = [true, false].map(() => ({ all: 0, written: 0 }));
  for (const { schema, tests } of entries) {
    const began = performance.now();
    const grammar = compileSchema("schema", schema);
    times.push(performance.now() - began);
    const reported = new Set(
      grammar.unenforced.map(({ path }) => String(path.at(-1) ?? "the schema")),
    );
    for (const keyword of reported) keywords.set(keyword, (keywords.get(keyword) ?? 0) + 1);
    if (reported.size > 0) continue;
    exact++;
    for (const test of tests) {
      const count = test.valid ? valid! : invalid!;
      count.all++;
      if (accepts(grammar, test.data)) count.written++;
    }
  }
  times.sort((a, b) => a - b);
  const at = (quantile: number) => times[Math.floor(quantile * (times.length - 1))]!.toFixed(1);
  if (entries.length === 0) continue;
  rows.push([
    basename(path),
    `${entries.length}`,
    share(exact, entries.length),
    share(entries.length - exact, entries.length),
    at(0.5),
    at(0.99),
    ...[valid!, invalid!].map(({ all, written }) => all ? `${written} of ${all}` : "-"),
  ]);
}
console.log(rows.map((row) => `| ${row.join(" | ")} |`).join("\n"));
console.log("\nReported, by the number of schemas:");
for (const [keyword, count] of [...keywords].sort(([, a], [, b]) => b - a).slice(0, 25)) {
  console.log(`  ${count} ${keyword}`);
}
