/**
 * Measures RWKV beside a Transformer of the same sizes, both with random weights on onnxruntime-web in float32 and one
 * thread, and draws figures: time and memory against tokens generated, and against model size.
 *
 * Beside these it draws how fast each layer of the embedded models forgets.
 *
 * `--out FOLDER` is where they go, with the numbers as `figures.json`; `--quick` measures a little of each; `--from FILE`
 * draws what such a file holds; `--forgetting` draws the figures of the embedded models alone.
 *
 * @module
 */
import { z } from "zod";
import { charts, crossing, type Measured } from "./figures/charts.ts";
import { forgettingCharts } from "./figures/forgetting.ts";
import { ARCHITECTURES, type Job, type Run, runSchema } from "./figures/job.ts";
import { DEV_CONFIG } from "./dev_config.ts";
import { readFlags, UNUSABLE, UsageError } from "./flags.ts";
import { plainTable } from "./plain_table.ts";

const USAGE =
  "Usage: deno task figures [--out docs/figures] [--from FILE] [--quick] [--forgetting]";
const MEASURE = new URL("./figures/measure.ts", import.meta.url).pathname;

/** The sizes of the embedded model. */
const SHAPE = { n_layer: 6, n_embd: 256, vocab_size: 4096 } as const;
/** From 1 to 36 million parameters. */
const SIZES = [[2, 128], [4, 192], [6, 256], [8, 384], [10, 512]] as const;

const flagsSchema = z.object({
  out: z.string().min(1, "--out is empty"),
  from: z.string().min(1, "--from is empty").optional(),
  quick: z.boolean(),
  forgetting: z.boolean(),
});

const measuredSchema: z.ZodType<Measured> = z.strictObject({
  long: z.array(runSchema).min(1),
  sizes: z.array(runSchema),
});

/** Measures in a process of its own, so that memory is nobody else's. */
async function measure(job: Job): Promise<Run> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", DEV_CONFIG, MEASURE, JSON.stringify(job)],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`The process that measures ${JSON.stringify(job)} failed`);
  const run = runSchema.parse(JSON.parse(new TextDecoder().decode(stdout)));
  const last = run.points.at(-1)!;
  console.error(
    `${job.architecture}, ${(run.parameters / 1e6).toFixed(1)} M: ${last.tokens} tokens in ` +
      `${last.seconds.toFixed(1)} s`,
  );
  return run;
}

async function measureAll(quick: boolean): Promise<Measured> {
  const tokens = quick ? 64 : 4096;
  const long: Run[] = [];
  for (const architecture of ARCHITECTURES) {
    long.push(await measure({ architecture, shape: SHAPE, tokens, every: tokens / 64 }));
  }
  const sizes: Run[] = [];
  for (const [n_layer, n_embd] of quick ? SIZES.slice(0, 2) : SIZES) {
    const shape = { n_layer, n_embd, vocab_size: SHAPE.vocab_size };
    const few = quick ? 16 : 256;
    for (const architecture of ARCHITECTURES) {
      sizes.push(await measure({ architecture, shape, tokens: few, every: few / 4 }));
    }
  }
  return { long, sizes };
}

/** What the figures show, in numbers: as many tokens each time as before. */
function table({ long }: Measured): string {
  const { points } = long[0]!;
  const rows = [1, 4, 16, 64].map((part) => points[part]!).flatMap(({ tokens }, row) =>
    long.map(({ architecture, points }) => {
      const { seconds, resident, held } = points[[1, 4, 16, 64][row]!]!;
      return [
        `${tokens}`,
        architecture,
        seconds.toFixed(2),
        resident.toFixed(0),
        (held / 1e6).toFixed(2),
      ];
    })
  );
  const head = ["tokens", "architecture", "seconds", "MB of the process", "MB held"];
  const transformer = long.find(({ architecture }) => architecture === "Transformer");
  const crossings = long.filter((run) => transformer !== undefined && run !== transformer).map(
    (run) => {
      const at = crossing(transformer!, run);
      return at === undefined
        ? `The Transformer takes no longer in all than ${run.architecture}.`
        : `From ${at} tokens on the Transformer has taken longer in all than ${run.architecture}.`;
    },
  );
  const columns = head.map((name, i) => ({
    head: name,
    align: i === 1 ? "left" as const : "right" as const,
  }));
  return [plainTable(columns, rows), "", ...crossings].join("\n");
}

async function readMeasured(file: string): Promise<Measured> {
  try {
    return measuredSchema.parse(JSON.parse(await Deno.readTextFile(file)));
  } catch (cause) {
    throw new UsageError(`${file} holds no figures: ${cause}\n${USAGE}`, { cause });
  }
}

try {
  const { out, from, quick, forgetting } = readFlags(
    Deno.args,
    {
      out: { type: "string", default: "docs/figures" },
      from: { type: "string" },
      quick: { type: "boolean", default: false },
      forgetting: { type: "boolean", default: false },
    },
    flagsSchema,
    USAGE,
  );
  const measured = forgetting
    ? undefined
    : from === undefined
    ? await measureAll(quick)
    : await readMeasured(from);
  await Deno.mkdir(out, { recursive: true });
  const save = async (figures: ReadonlyMap<string, string>) => {
    for (const [file, svg] of figures) await Deno.writeTextFile(`${out}/${file}`, svg);
  };
  await save(await forgettingCharts());
  if (measured !== undefined) {
    await Deno.writeTextFile(`${out}/figures.json`, `${JSON.stringify(measured)}\n`);
    await save(charts(measured));
    console.log(table(measured));
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  Deno.exit(UNUSABLE);
}
