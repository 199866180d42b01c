/**
 * Measures Tern on this machine and prints a table: the median and the 10th percentile of each quantity. Whatever else
 * the machine does disturbs it.
 *
 * `--only NAME` measures one bench, `--quick` a little of each on the embedded model only, and `--json FILE` writes the
 * results to a file as well.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { z } from "zod";
import { BENCHES, planJobs } from "./bench/job.ts";
import { runJob } from "./bench/run_job.ts";
import { type BenchResult, summarize } from "./bench/series.ts";
import { TABLE_HEAD, tableRow } from "./bench/table.ts";

const flagsSchema = z.object({
  json: z.string().min(1, "--json is empty").optional(),
  only: z.enum(BENCHES, `--only must be one of ${BENCHES.join(", ")}`).optional(),
  quick: z.boolean(),
});

function parseFlags(args: readonly string[]): z.infer<typeof flagsSchema> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: "string" },
        only: { type: "string" },
        quick: { type: "boolean", default: false },
      },
    });
    return flagsSchema.parse(values);
  } catch (error) {
    const problem = error instanceof z.ZodError ? error.issues[0]!.message : `${error}`;
    console.error(`${problem}\nUsage: deno task bench [--json FILE] [--only NAME] [--quick]`);
    Deno.exit(2);
  }
}

const { json, only, quick } = parseFlags(Deno.args);
const results: BenchResult[] = [];
const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

print(TABLE_HEAD);
for (const planned of planJobs(quick)) {
  if (only !== undefined && planned.job.bench !== only) continue;
  for (const result of summarize(await runJob(planned))) {
    print(tableRow(result));
    results.push(result);
  }
}
if (json !== undefined) await Deno.writeTextFile(json, `${JSON.stringify(results, null, 2)}\n`);
