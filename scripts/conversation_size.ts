/**
 * Measures what a conversation takes on the disk: it is held with the real server on SQLite, turn by turn, and after some
 * numbers of turns the pages of the database that are in use are counted. Beside that stand the words, and the keys and
 * values that a Transformer of the same shape would hold in f16.
 *
 * Ends with 2 and a message on standard error if a flag or the model cannot be used.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { countFlag, readFlags, UsageError } from "./flags.ts";
import { lineChart } from "./figures/line_chart.ts";
import { printReport } from "./print_report.ts";
import { markdownTable } from "./markdown_table.ts";
import { Progress } from "../src/cli/progress.ts";
import { readModel } from "../src/rwkv/read_model.ts";
import { type Server, ServerStartError, startServer } from "./start_server.ts";
import { checkWritable, TextFileError, writeText } from "./text_file.ts";

const USAGE =
  "Usage: deno task conversation-size --model FOLDER [--turns 1000] [--max-tokens 24] [--figure OUT.svg]";

const flagsSchema = z.object({
  model: z.string("--model is missing").min(1, "--model is empty"),
  turns: countFlag("--turns"),
  "max-tokens": countFlag("--max-tokens"),
  figure: z.string().min(1, "--figure is empty").optional(),
});

const FLAGS = {
  model: { type: "string" },
  turns: { type: "string", default: "1000" },
  "max-tokens": { type: "string", default: "24" },
  figure: { type: "string" },
} as const;

/** What is said, again and again. */
const SAID = [
  "Tell me about the sea.",
  "Why is it salty?",
  "What lives in it?",
  "And who sails on it?",
  "Is it deep?",
] as const;

/** Turns after which it is measured. */
const MARKS = [1, 2, 5, 10, 20, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900] as const;

/** Bytes of a number in f16. */
const F16_BYTES = 2;

const responseSchema = z.object({
  output: z.array(z.object({ content: z.array(z.object({ text: z.string() })).optional() })),
  usage: z.object({ total_tokens: z.int() }),
});

/** What there is after some turns, in bytes. */
interface Size {
  readonly turns: number;
  readonly tokens: number;
  readonly database: number;
  readonly words: number;
  readonly keysAndValues: number;
}

async function post<T>(server: Server, path: string, body: object, schema: z.ZodType<T>) {
  const response = await fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.status !== 200) throw new ServerStartError(`${path}: ${await response.text()}`);
  return schema.parse(await response.json());
}

/** Bytes of the pages that are in use, those of the write-ahead log included. */
function usedBytes(server: Server): number {
  const database = new DatabaseSync(`${server.data}/conversations.db`, { readOnly: true });
  try {
    const { used } = database.prepare(
      "SELECT (page_count - freelist_count) * page_size AS used FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
    ).get() as { used: number };
    return used;
  } finally {
    database.close();
  }
}

async function hold(
  model: string,
  turns: number,
  maxTokens: number,
  signal: AbortSignal,
): Promise<Size[]> {
  const { config } = await readModel(model);
  const keyAndValue = 2 * F16_BYTES * config.n_layer * config.n_embd;
  await using server = await startServer({ model, store: "sqlite", signal });
  const id = z.object({ id: z.string() });
  const conversation = (await post(server, "/v1/conversations", {}, id)).id;
  const progress = new Progress(turns, "turns");
  const sizes: Size[] = [];
  let words = 0;
  try {
    for (let turn = 1; turn <= turns; turn++) {
      signal.throwIfAborted();
      const input = SAID[turn % SAID.length]!;
      const asked = { model: server.model, conversation, input, max_output_tokens: maxTokens };
      const { output, usage } = await post(server, "/v1/responses", asked, responseSchema);
      const said = output.flatMap(({ content = [] }) => content.map(({ text }) => text));
      for (const text of [input, ...said]) words += new TextEncoder().encode(text).length;
      progress.advance(1);
      if (turn !== turns && !MARKS.some((mark) => mark === turn)) continue;
      const tokens = usage.total_tokens;
      const keysAndValues = keyAndValue * tokens;
      sizes.push({ turns: turn, tokens, database: usedBytes(server), words, keysAndValues });
    }
  } finally {
    progress.end();
  }
  return sizes;
}

function table(sizes: readonly Size[]): string {
  const mega = (bytes: number) => (bytes / 1e6).toFixed(2);
  return markdownTable([
    ["turns", "tokens", "MB in SQLite", "MB of words", "MB of keys and values"],
    ...sizes.map(({ turns, tokens, database, words, keysAndValues }) => [
      `${turns}`,
      `${tokens}`,
      mega(database),
      mega(words),
      mega(keysAndValues),
    ]),
  ]);
}

function figure(sizes: readonly Size[]): string {
  const line = (name: string, bytes: (size: Size) => number) => ({
    name,
    points: sizes.map((size) => ({ x: size.turns, y: bytes(size) / 1e6 })),
  });
  return lineChart({
    title: "What a conversation takes, against turns",
    x: "turns",
    y: "MB",
    lines: [
      line("Tern, in SQLite", ({ database }) => database),
      line("the words alone", ({ words }) => words),
      line("keys and values of a Transformer", ({ keysAndValues }) => keysAndValues),
    ],
  });
}

async function measure(args: readonly string[], signal: AbortSignal): Promise<string> {
  const flags = readFlags(args, FLAGS, flagsSchema, USAGE);
  if (flags.figure !== undefined) await checkWritable(flags.figure);
  const sizes = await hold(flags.model, flags.turns, flags["max-tokens"], signal);
  if (flags.figure !== undefined) await writeText(flags.figure, figure(sizes));
  return table(sizes);
}

await printReport(measure, [UsageError, TextFileError, ServerStartError]);
