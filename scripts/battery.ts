/**
 * Holds the conversations of the battery with a server, and counts what is right by rules. Their wordings, names, values and tools
 * are in no text that the embedded model was trained on (`scripts/train/held_out.py` looks for them).
 *
 * `--model FOLDER` starts this server with that model; `--url` asks any server that speaks the API, `--model` being what it calls
 * the model. Sampling is the model's own default unless `--temperature` says otherwise; all requests have the one seed.
 *
 * Ends with 2 and a message on standard error if a flag, a file, a model or an answer cannot be used.
 *
 * @module
 */
import { z } from "zod";
import { type Asking, holdItem } from "./battery/ask.ts";
import { type Item, type Part, PARTS, readItems } from "./battery/item.ts";
import { isRight } from "./battery/score.ts";
import { countFlag, readFlags, UsageError } from "./flags.ts";
import { printReport } from "./print_report.ts";
import { plainTable } from "./plain_table.ts";
import { Progress } from "../src/cli/progress.ts";
import { AnswerError } from "./recall/ask.ts";
import { mapConcurrently } from "./recall/map_concurrently.ts";
import { ServerStartError, startServer } from "./start_server.ts";
import { checkWritable, TextFileError, writeText } from "./text_file.ts";

const USAGE =
  "Usage: deno task battery --model FOLDER_OR_NAME [--url URL] [--key KEY] [--part NAME ...] " +
  "[--think none|low|medium|high] [--g1] [--seed 1] [--temperature T] [--concurrency 4] [--json OUT.json]";

const partNames = Object.keys(PARTS) as [Part, ...Part[]];
const flagsSchema = z.object({
  model: z.string("--model is missing").min(1, "--model is empty"),
  url: z.url("--url is no URL").transform((url) => url.replace(/\/$/, "")).optional(),
  key: z.string().optional(),
  part: z.array(z.enum(partNames, `--part must be one of ${partNames.join(", ")}`)).default(
    partNames,
  ),
  think: z.enum(["none", "low", "medium", "high"], "--think must be none, low, medium or high")
    .optional(),
  g1: z.boolean().default(false),
  seed: countFlag("--seed"),
  temperature: z.coerce.number("--temperature must be a number").min(0).max(2).optional(),
  concurrency: countFlag("--concurrency"),
  json: z.string().min(1, "--json is empty").optional(),
});

const FLAGS = {
  model: { type: "string" },
  url: { type: "string" },
  key: { type: "string" },
  part: { type: "string", multiple: true },
  think: { type: "string" },
  g1: { type: "boolean" },
  seed: { type: "string", default: "1" },
  temperature: { type: "string" },
  concurrency: { type: "string", default: "4" },
  json: { type: "string" },
} as const;

const UNUSABLE_ERRORS = [UsageError, TextFileError, ServerStartError, AnswerError] as const;

const COLUMNS = [
  { head: "part", align: "left" },
  { head: "right", align: "right" },
  { head: "items", align: "right" },
  { head: "goal", align: "right" },
] as const;

interface Scored {
  readonly id: string;
  readonly asked: string;
  readonly answer: string;
  readonly right: boolean;
}

async function score(asking: Asking, item: Item, signal: AbortSignal): Promise<Scored> {
  const answer = await holdItem(asking, item, signal);
  const [call] = answer.calls;
  return {
    id: item.id,
    asked: item.turns.at(-1)!,
    answer: call === undefined ? answer.text : JSON.stringify(call),
    right: isRight(answer, item.check, item.turns.at(-1)!),
  };
}

async function run(args: readonly string[], signal: AbortSignal): Promise<string> {
  const flags = readFlags(args, FLAGS, flagsSchema, USAGE);
  if (flags.json !== undefined) await checkWritable(flags.json);
  const parts = new Map<Part, Item[]>();
  for (const part of flags.part) parts.set(part, await readItems(part));
  await using server = flags.url === undefined
    ? await startServer({ model: flags.model, store: "memory", signal })
    : undefined;
  const asking: Asking = {
    url: server?.url ?? flags.url!,
    model: server?.model ?? flags.model,
    key: flags.key,
    seed: flags.seed,
    temperature: flags.temperature,
    effort: flags.think,
    g1: flags.g1,
  };
  const progress = new Progress([...parts.values()].flat().length, "items");
  const rows: string[][] = [];
  const all: Record<string, Scored[]> = {};
  try {
    for (const [part, items] of parts) {
      const scored = await mapConcurrently(items, flags.concurrency, async (item, signal) => {
        const one = await score(asking, item, signal);
        progress.advance(1);
        return one;
      }, signal);
      all[part] = scored;
      const right = scored.filter((one) => one.right).length;
      rows.push([part, `${right}`, `${items.length}`, `${PARTS[part]}`]);
    }
  } finally {
    progress.end();
  }
  if (flags.json !== undefined) await writeText(flags.json, `${JSON.stringify(all, null, 1)}\n`);
  return plainTable(COLUMNS, rows);
}

await printReport(run, UNUSABLE_ERRORS);
