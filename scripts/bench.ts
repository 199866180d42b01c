/**
 * Measures Tern on this machine and prints a table: the median and the 10th percentile of each quantity, for the SIMD engine,
 * onnxruntime-web and onnxruntime-node, which take turns, and the ratio to the second. Whatever else the machine does
 * disturbs it. The same figures follow as Markdown, for docs/benchmarks.md.
 *
 * `--only NAME` measures one bench, `--quick` a little of each on the embedded model only, and `--json FILE` writes the
 * results to a file as well.
 *
 * @module
 */
import { z } from "zod";
import { NATIVE_PACKAGE } from "../src/engine/ort/native_runtime.ts";
import { BENCHES, planJobs, STORES, VARIANTS } from "./bench/job.ts";
import { markdownTables } from "./bench/markdown.ts";
import { EMBEDDED_FOLDER } from "./bench/models.ts";
import { RandomCheckpoint, SHAPE_0_1B, SHAPE_29M } from "./bench/random_checkpoint.ts";
import { runJobs } from "./bench/run_job.ts";
import { type BenchResult, summarize } from "./bench/series.ts";
import { TABLE_HEAD, tableRow } from "./bench/table.ts";
import { writeSafetensors } from "./bench/write_safetensors.ts";
import { readFlags, UNUSABLE, UsageError } from "./flags.ts";
import { hasRedisServer } from "./redis_server.ts";

const flagsSchema = z.object({
  json: z.string().min(1, "--json is empty").optional(),
  only: z.enum(BENCHES, `--only must be one of ${BENCHES.join(", ")}`).optional(),
  quick: z.boolean(),
});

const FLAGS = {
  json: { type: "string" },
  only: { type: "string" },
  quick: { type: "boolean", default: false },
} as const;

const USAGE = "Usage: deno task bench [--json FILE] [--only NAME] [--quick]";

function parseFlags(args: readonly string[]): z.infer<typeof flagsSchema> {
  try {
    return readFlags(args, FLAGS, flagsSchema, USAGE);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    Deno.exit(UNUSABLE);
  }
}

/** Whether onnxruntime-node is there, or can be downloaded, and loads. */
async function hasNative(): Promise<boolean> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", `await import(${JSON.stringify(NATIVE_PACKAGE)})`],
  }).output();
  if (!success) {
    console.error(`Without onnxruntime-node: ${new TextDecoder().decode(stderr).trim()}`);
  }
  return success;
}

const { json, only, quick } = parseFlags(Deno.args);
const results: BenchResult[] = [];
const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

const folder = await Deno.makeTempDir();
const files = {
  embedded: `${EMBEDDED_FOLDER}/model.safetensors`,
  medium: `${folder}/random-29m.safetensors`,
  large: `${folder}/random-0.1b.safetensors`,
};
try {
  const isThere = await hasNative();
  const variants = VARIANTS.filter(({ engine }) => engine !== "native" || isThere);
  const hasRedis = await hasRedisServer();
  if (!hasRedis) console.error("Without Redis: there is no redis-server");
  const stores = STORES.filter((store) => store !== "redis" || hasRedis);
  const plan = planJobs({ quick, files, variants, stores }).filter(({ jobs }) =>
    only === undefined || jobs[0]!.bench === only
  );
  for (const [file, shape] of [[files.medium, SHAPE_29M], [files.large, SHAPE_0_1B]] as const) {
    const isNeeded = plan.some(({ jobs }) =>
      jobs.some((job) => "file" in job && job.file === file)
    );
    if (isNeeded) await writeSafetensors(new RandomCheckpoint(shape), file);
  }
  print(TABLE_HEAD);
  for (const planned of plan) {
    for (const result of summarize(await runJobs(planned))) {
      print(tableRow(result));
      results.push(result);
    }
  }
  print(`\n${markdownTables(results)}`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
if (json !== undefined) await Deno.writeTextFile(json, `${JSON.stringify(results, null, 2)}\n`);
