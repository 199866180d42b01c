/**
 * Measures whether a model recalls what it was told turns ago, through the product: each conversation is held with the
 * real server over HTTP, one turn after the other, and every turn goes on from the state that the turn before it stored.
 *
 * A line of the file is `{"kind": string, "distance": int, "turns": [messages of the user], "value": string}`; the last
 * message is the question. The value counts as recalled if the last reply has its words, whatever their case,
 * punctuation and digit-group separators. The replies are greedy.
 *
 * Ends with 2 and a message on standard error if a flag, a file, a model or an answer cannot be used.
 *
 * @module
 */
import { z } from "zod";
import { countFlag, readFlags, UsageError } from "./flags.ts";
import { printReport } from "./print_report.ts";
import { Progress } from "../src/cli/progress.ts";
import { AnswerError, askServer } from "./recall/ask.ts";
import { type Conversation, readConversations } from "./recall/conversation.ts";
import { recallFigure } from "./recall/figure.ts";
import { holdConversation, NotContinuedError, type Outcome } from "./recall/hold_conversation.ts";
import { mapConcurrently } from "./recall/map_concurrently.ts";
import { modelNames, type ModelRecall, modelRecall, recallTable } from "./recall/report.ts";
import { ServerStartError, startServer } from "./start_server.ts";
import { checkWritable, TextFileError, writeText } from "./text_file.ts";

const USAGE = "Usage: deno task recall --model FOLDER [--model FOLDER2 ...] " +
  "--conversations FILE.jsonl [--limit N] [--figure OUT.svg] [--json OUT.json] [--concurrency 4]";

const flagsSchema = z.object({
  model: z.array(z.string().min(1, "--model is empty"), "--model is missing"),
  conversations: z.string("--conversations is missing").min(1, "--conversations is empty"),
  limit: countFlag("--limit").optional(),
  figure: z.string().min(1, "--figure is empty").optional(),
  json: z.string().min(1, "--json is empty").optional(),
  concurrency: countFlag("--concurrency"),
});

const UNUSABLE_ERRORS = [
  UsageError,
  TextFileError,
  ServerStartError,
  AnswerError,
  NotContinuedError,
] as const;

const FLAGS = {
  model: { type: "string", multiple: true },
  conversations: { type: "string" },
  limit: { type: "string" },
  figure: { type: "string" },
  json: { type: "string" },
  concurrency: { type: "string", default: "4" },
} as const;

async function holdAll(
  model: string,
  conversations: readonly Conversation[],
  concurrency: number,
  signal: AbortSignal,
): Promise<Outcome[]> {
  await using server = await startServer({ model, store: "deno-kv", signal });
  const ask = askServer(server);
  const turns = conversations.reduce((sum, { turns }) => sum + turns.length, 0);
  const progress = new Progress(turns, "turns");
  try {
    return await mapConcurrently(
      conversations,
      concurrency,
      (conversation, signal) =>
        holdConversation(ask, conversation, () => progress.advance(1), signal),
      signal,
    );
  } finally {
    progress.end();
  }
}

async function measure(args: readonly string[], signal: AbortSignal): Promise<string> {
  const { model: models, limit, concurrency, figure, json, ...input } = readFlags(
    args,
    FLAGS,
    flagsSchema,
    USAGE,
  );
  const conversations = await readConversations(input.conversations, limit);
  // Before time is spent.
  for (const path of [figure, json]) if (path !== undefined) await checkWritable(path);
  const names = modelNames(models);
  const recalls: ModelRecall[] = [];
  for (const [i, model] of models.entries()) {
    console.error(names[i]!);
    recalls.push(modelRecall(names[i]!, await holdAll(model, conversations, concurrency, signal)));
  }
  if (json !== undefined) await writeText(json, `${JSON.stringify(recalls, null, 2)}\n`);
  if (figure !== undefined) await writeText(figure, recallFigure(recalls));
  return recallTable(recalls);
}

await printReport(measure, UNUSABLE_ERRORS);
