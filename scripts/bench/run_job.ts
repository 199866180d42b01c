import { z } from "zod";
import type { PlannedJob } from "./job.ts";
import { type Series, seriesSchema } from "./series.ts";

const MEASURE = new URL("./measure.ts", import.meta.url).pathname;

/** A process that measures went wrong. What it said is on standard error. */
class MeasurementError extends Error {
  override readonly name = "MeasurementError";
  constructor(job: PlannedJob["job"], readonly code: number) {
    super(`The process that measures ${JSON.stringify(job)} ended with code ${code}`);
  }
}

/**
 * Measures a job, each time in a process of its own, so that neither memory nor compiled code is another's.
 *
 * @throws {MeasurementError}
 */
export async function runJob({ job, processes }: PlannedJob): Promise<Series[]> {
  const series: Series[] = [];
  for (let i = 0; i < processes; i++) {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", MEASURE, JSON.stringify(job)],
      stderr: "inherit",
    }).output();
    if (code !== 0) throw new MeasurementError(job, code);
    series.push(...z.array(seriesSchema).parse(JSON.parse(new TextDecoder().decode(stdout))));
  }
  return series;
}
