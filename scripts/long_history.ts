/**
 * Measures how long the first token of a turn takes with more and more text behind it: by a real server on SQLite that was
 * just started and goes on from the stored state, and by the same server when it is sent the whole text and reads it again,
 * as a server without a store of states does. Prints a table, and draws a figure if asked to.
 *
 * Ends with 2 and a message on standard error if a flag or the model cannot be used.
 *
 * @module
 */
import { EventSourceParserStream } from "eventsource-parser/stream";
import { z } from "zod";
import { quantile } from "./bench/series.ts";
import { lineChart } from "./figures/line_chart.ts";
import { countFlag, readFlags, UsageError } from "./flags.ts";
import { printReport } from "./print_report.ts";
import { Progress } from "../src/cli/progress.ts";
import { markdownTable } from "./markdown_table.ts";
import { type Server, ServerStartError, startServer } from "./start_server.ts";
import { checkWritable, TextFileError, writeText } from "./text_file.ts";

const USAGE =
  "Usage: deno task long-history --model FOLDER [--tokens 100000] [--rounds 5] [--figure OUT.svg]";

const flagsSchema = z.object({
  model: z.string("--model is missing").min(1, "--model is empty"),
  tokens: countFlag("--tokens"),
  rounds: countFlag("--rounds"),
  figure: z.string().min(1, "--figure is empty").optional(),
});

const FLAGS = {
  model: { type: "string" },
  tokens: { type: "string", default: "100000" },
  rounds: { type: "string", default: "5" },
  figure: { type: "string" },
} as const;

/** Parts of the longest history that are measured beside it. */
const PARTS = [0, 0.01, 0.03, 0.1, 0.3, 1] as const;
/** Turns that make a server's code as fast as it gets, before those that are looked at. */
const WARM_UP_TURNS = 5;
const ANSWER_TOKENS = 8;

const SENTENCE = "The gull sat on the mast, and the boat went on to the next island. ";

const createdSchema = z.object({ id: z.string() });
const ingestedSchema = z.object({ tokens: z.int() });
const eventSchema = z.looseObject({ type: z.string() });

/** A conversation with much behind it, and how long first tokens took, in milliseconds. */
interface History {
  readonly conversation: string;
  readonly text: string;
  readonly tokens: number;
  readonly fromState: number[];
  readonly readAgain: number[];
}

/** What is measured of one history. */
interface Row {
  readonly tokens: number;
  readonly fromState: number;
  readonly readAgain: number;
}

async function post(server: Server, path: string, body: string, type: string, signal: AbortSignal) {
  const headers = { "content-type": type };
  const response = await fetch(server.url + path, { method: "POST", headers, body, signal });
  if (!response.ok) throw new ServerStartError(`${path}: ${await response.text()}`);
  return response;
}

/** A conversation into which about so many tokens are read. */
async function makeHistory(server: Server, tokens: number, signal: AbortSignal): Promise<History> {
  const times = { fromState: [], readAgain: [] };
  if (tokens === 0) return { ...await ingest(server, "", signal), text: "", ...times };
  const ten = await ingest(server, SENTENCE.repeat(10), signal);
  const text = SENTENCE.repeat(Math.max(1, Math.round(10 * tokens / ten.tokens)));
  return { ...await ingest(server, text, signal), text, ...times };
}

/** A new conversation that has read a text, and how many tokens that were. */
async function ingest(server: Server, text: string, signal: AbortSignal) {
  const made = await post(server, "/v1/conversations", "{}", "application/json", signal);
  const conversation = createdSchema.parse(await made.json()).id;
  if (text === "") return { conversation, tokens: 0 };
  const path = `/v1/conversations/${conversation}/ingest`;
  const reply = await post(server, path, text, "text/plain", signal);
  return { conversation, tokens: ingestedSchema.parse(await reply.json()).tokens };
}

/** Milliseconds until the first piece of an answer has come. The rest of it is read to its end. */
async function firstToken(server: Server, body: object, signal: AbortSignal): Promise<number> {
  const asked = { model: server.model, stream: true, max_output_tokens: ANSWER_TOKENS, ...body };
  const started = performance.now();
  const response = await post(
    server,
    "/v1/responses",
    JSON.stringify(asked),
    "application/json",
    signal,
  );
  let ms: number | undefined;
  const events = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(
    new EventSourceParserStream(),
  );
  for await (const { data } of events) {
    if (data === "[DONE]") continue;
    const { type } = eventSchema.parse(JSON.parse(data));
    if (type === "response.output_text.delta") ms ??= performance.now() - started;
  }
  if (ms === undefined) throw new ServerStartError("an answer has no text");
  return ms;
}

async function measureHistories(
  model: string,
  tokens: number,
  rounds: number,
  signal: AbortSignal,
): Promise<Row[]> {
  const data = await Deno.makeTempDir();
  const options = { model, store: "sqlite", data, signal };
  const progress = new Progress(PARTS.length * (1 + 2 * rounds), "measurements");
  const histories: History[] = [];
  try {
    {
      await using server = await startServer(options);
      for (const part of PARTS) {
        histories.push(await makeHistory(server, Math.round(part * tokens), signal));
        progress.advance(1);
      }
    }
    for (let round = 0; round < rounds; round++) {
      // Started again: what it goes on from is nowhere but in the store.
      await using server = await startServer(options);
      for (let turn = 0; turn < WARM_UP_TURNS; turn++) {
        await firstToken(server, { input: `Hello, ${round} and ${turn}!` }, signal);
      }
      const input = `What came in round ${round}?`;
      for (let i = 0; i < histories.length; i++) {
        // Each comes first, second and so on in turn.
        const history = histories[(i + round) % histories.length]!;
        const { conversation } = history;
        history.fromState.push(await firstToken(server, { conversation, input }, signal));
        progress.advance(1);
      }
      for (const { text, readAgain } of histories) {
        // Other words at its beginning: nothing of it was read before.
        const again = { store: false, input: `${round}. ${text}\n${input}` };
        readAgain.push(await firstToken(server, again, signal));
        progress.advance(1);
      }
    }
  } finally {
    progress.end();
    await Deno.remove(data, { recursive: true });
  }
  return histories.map(({ tokens, fromState, readAgain }) => ({
    tokens,
    fromState: quantile(fromState, 0.5),
    readAgain: quantile(readAgain, 0.5),
  }));
}

function table(rows: readonly Row[]): string {
  const none = rows[0]!.fromState;
  return markdownTable([
    ["tokens behind", "from the state, ms", "over none", "all read again, ms"],
    ...rows.map(({ tokens, fromState, readAgain }) => [
      tokens.toLocaleString("en"),
      fromState.toFixed(1),
      (fromState / none).toFixed(2),
      readAgain.toFixed(1),
    ]),
  ]);
}

function figure(rows: readonly Row[]): string {
  const line = (name: string, of: (row: Row) => number) => ({
    name,
    points: rows.map((row) => ({ x: row.tokens, y: of(row) })),
  });
  return lineChart({
    title: "The first token of a turn, against the tokens before it",
    x: "tokens before the turn",
    y: "milliseconds",
    logarithmic: true,
    lines: [
      line("from the stored state, after a restart", ({ fromState }) => fromState),
      line("all read again", ({ readAgain }) => readAgain),
    ],
  });
}

async function measure(args: readonly string[], signal: AbortSignal): Promise<string> {
  const flags = readFlags(args, FLAGS, flagsSchema, USAGE);
  if (flags.figure !== undefined) await checkWritable(flags.figure);
  const rows = await measureHistories(flags.model, flags.tokens, flags.rounds, signal);
  if (flags.figure !== undefined) await writeText(flags.figure, figure(rows));
  return table(rows);
}

await printReport(measure, [UsageError, TextFileError, ServerStartError]);
