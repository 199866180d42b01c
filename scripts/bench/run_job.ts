import { z } from "zod";
import { DEV_CONFIG } from "../dev_config.ts";
import type { Job, PlannedJobs } from "./job.ts";
import { type Series, seriesSchema } from "./series.ts";

const MEASURE = new URL("./measure.ts", import.meta.url).pathname;

/** A process that measures went wrong. What it said is on standard error. */
class MeasurementError extends Error {
  override readonly name = "MeasurementError";
  constructor(job: Job, readonly code: number) {
    super(`The process that measures ${JSON.stringify(job)} ended with code ${code}`);
  }
}

/**
 * Measures jobs, each time in a process of its own, so that neither memory nor compiled code is another's. They take turns,
 * so that what else the machine does falls on all.
 *
 * @throws {MeasurementError}
 */
export async function runJobs({ jobs, rounds }: PlannedJobs): Promise<Series[]> {
  const series: Series[] = [];
  for (const job of Array.from({ length: rounds }, () => jobs).flat()) {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      // onnxruntime-node does not belong in deno.lock.
      args: ["run", "-A", "--no-lock", "--config", DEV_CONFIG, MEASURE, JSON.stringify(job)],
      stderr: "inherit",
    }).output();
    if (code !== 0) throw new MeasurementError(job, code);
    series.push(...z.array(seriesSchema).parse(JSON.parse(new TextDecoder().decode(stdout))));
  }
  return series;
}
