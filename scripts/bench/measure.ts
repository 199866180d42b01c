/**
 * The entry of a process that measures one job, given as JSON: it writes its series as JSON to standard output.
 *
 * @module
 */
import { benchBeside } from "./beside.ts";
import { benchColdStart } from "./cold_start.ts";
import { benchDurability } from "./durability.ts";
import { benchHttp } from "./http.ts";
import { type Job, jobSchema } from "./job.ts";
import { benchLong } from "./long.ts";
import type { Series } from "./series.ts";
import { benchDecode, benchLoad, benchPrefill } from "./speed.ts";
import { benchStreams } from "./streams.ts";
import { benchThreads } from "./threads.ts";

function measure(job: Job): Promise<Series[]> {
  switch (job.bench) {
    case "cold start":
      return benchColdStart(job);
    case "load":
      return benchLoad(job);
    case "decode":
      return benchDecode(job);
    case "prefill":
      return benchPrefill(job);
    case "beside":
      return benchBeside(job);
    case "threads":
      return benchThreads(job);
    case "long":
      return benchLong(job);
    case "http":
      return benchHttp(job);
    case "streams":
      return benchStreams(job);
    case "durability":
      return benchDurability(job);
  }
}

const series = await measure(jobSchema.parse(JSON.parse(Deno.args[0] ?? "null")));
await new Blob([JSON.stringify(series)]).stream().pipeTo(Deno.stdout.writable);
