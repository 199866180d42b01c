/**
 * Runs llmprobe, a public suite of checks for servers like this one, against the real server with the embedded model,
 * and compares each of its rows with `scripts/llmprobe/baseline.json`.
 *
 * Ends with 1 if a row got worse, if a MUST failed that did not before or if a row that does not pass is not in docs/compatibility.md, and
 * with 3 if llmprobe cannot be had. `--update` writes the baseline.
 *
 * @module
 */
import { z } from "zod";
import { readFlags, UNUSABLE, UsageError } from "./flags.ts";
import { InterruptedError, interruptSignal } from "../src/cli/interrupt.ts";
import {
  mustFailures,
  reportSchema,
  rowsOf,
  rowsSchema,
  unaccounted,
  worsened,
} from "./llmprobe/report.ts";
import { ServerStartError, startServer } from "./start_server.ts";

const LLMPROBE = "npm:llmprobe@0.6.12";
const MODEL = new URL("../models/tern-7m", import.meta.url).pathname;
const BASELINE = new URL("./llmprobe/baseline.json", import.meta.url);
const PAGE = new URL("../docs/compatibility.md", import.meta.url);
const WORSE = 1;
const NOT_TO_BE_HAD = 3;
const USAGE = "Usage: deno task llmprobe [--update]";

/** Runs llmprobe, whose exit code says that something failed, which is for the baseline to judge. */
async function probe(url: string, model: string, signal: AbortSignal) {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-lock", LLMPROBE],
      ...[url, "-m", model, "-k", "none", "--full", "--no-bench", "--no-save", "--json"],
    ],
    stdin: "null",
    signal,
  }).output();
  const decoder = new TextDecoder();
  try {
    return reportSchema.parse(JSON.parse(decoder.decode(stdout)));
  } catch (cause) {
    throw new UsageError(`llmprobe wrote no report:\n${decoder.decode(stderr)}`, { cause });
  }
}

/** Whether the package can be fetched, or has been. */
async function canBeHad(): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--no-lock", LLMPROBE],
    stdin: "null",
    stderr: "inherit",
  }).output();
  return success;
}

try {
  const signal = interruptSignal();
  const { update } = readFlags(
    Deno.args,
    { update: { type: "boolean", default: false } },
    z.object({ update: z.boolean() }),
    USAGE,
  );
  if (!await canBeHad()) {
    console.error(`SKIPPED: ${LLMPROBE} cannot be had, so nothing was checked.`);
    Deno.exit(NOT_TO_BE_HAD);
  }
  await using server = await startServer({ model: MODEL, store: "memory", signal });
  const report = await probe(server.url, server.model, signal);
  const rows = rowsOf(report);
  if (update) {
    const sorted = Object.fromEntries(Object.entries(rows).toSorted(([a], [b]) => a < b ? -1 : 1));
    await Deno.writeTextFile(BASELINE, `${JSON.stringify(sorted, null, 2)}\n`);
  }
  const baseline = rowsSchema.parse(JSON.parse(await Deno.readTextFile(BASELINE)));
  const wrong = [
    ...mustFailures(report, baseline),
    ...worsened(baseline, rows),
    ...unaccounted(rows, await Deno.readTextFile(PAGE))
      .map((id) => `${id} is ${rows[id]}, and docs/compatibility.md does not say why`),
  ];
  for (const line of wrong) console.error(line);
  const counts = Object.entries(Object.groupBy(Object.values(rows), (outcome) => outcome))
    .map(([outcome, all]) => `${all!.length} ${outcome}`);
  console.log(counts.join(", "));
  Deno.exitCode = wrong.length > 0 ? WORSE : 0;
} catch (error) {
  if (error instanceof InterruptedError) Deno.exit(error.exitCode);
  if (!(error instanceof UsageError || error instanceof ServerStartError)) throw error;
  console.error(error.message);
  Deno.exit(UNUSABLE);
}
Deno.exit(Deno.exitCode); // A listener for signals keeps the process.
