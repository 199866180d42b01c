/**
 * Stores many tiny responses and measures whether requests and start-ups take longer the more there are:
 * `deno task tiny-responses --count 100000 --store sqlite`.
 *
 * @module
 */
import { z } from "zod";
import { quantile } from "../../scripts/bench/series.ts";
import { countFlag, readFlags, UNUSABLE, UsageError } from "../../scripts/flags.ts";
import { markdownTable } from "../../scripts/markdown_table.ts";
import { ServerProcess } from "./server_process.ts";

const USAGE = "deno task tiny-responses [--count 100000] [--store kv|sqlite]";

const flagsSchema = z.object({
  count: countFlag("--count").default(100_000),
  store: z.enum(["kv", "sqlite"]).default("sqlite"),
});

/** Parts of all responses after which it is measured. */
const PARTS = [0.001, 0.01, 0.1, 0.3, 1] as const;
/** Requests and start-ups that are timed at each mark. */
const TIMED_REQUESTS = 200;
const TIMED_STARTS = 3;
/** Clients that store at the same time, between the marks. */
const AT_ONCE = 8;

const storedSchema = z.object({ id: z.string(), status: z.enum(["completed", "incomplete"]) });

async function store(url: string, number: number): Promise<string> {
  const response = await fetch(`${url}/v1/responses`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "tern-7m", input: `Hi ${number}`, max_output_tokens: 1 }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return storedSchema.parse(await response.json()).id;
}

async function timed<T>(times: number[], act: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await act();
  times.push(performance.now() - started);
  return result;
}

try {
  const { count, store: kind } = readFlags(
    Deno.args,
    { count: { type: "string" }, store: { type: "string" } },
    flagsSchema,
    USAGE,
  );
  const data = await Deno.makeTempDir();
  const start = () =>
    ServerProcess.start({
      TERN_DATA: data,
      TERN_STORE: kind === "kv" ? "deno-kv" : kind,
      TERN_REQUESTS_PER_MINUTE: "0",
      TERN_TOKENS_PER_MINUTE: "0",
      TERN_LOG: "info",
    });
  let server = await start();
  try {
    const rows: string[][] = [];
    let number = 0;
    for (const part of PARTS) {
      const mark = Math.round(part * count);
      await Promise.all(Array.from({ length: AT_ONCE }, async () => {
        while (number < mark - TIMED_REQUESTS) await store(server.url, number++);
      }));
      const stored: number[] = [];
      const read: number[] = [];
      for (let i = 0; i < TIMED_REQUESTS; i++) {
        const id = await timed(stored, () => store(server.url, number++));
        await timed(read, async () => {
          await (await fetch(`${server.url}/v1/responses/${id}`)).arrayBuffer();
        });
      }
      const starts: number[] = [];
      for (let i = 0; i < TIMED_STARTS; i++) {
        await server.stop();
        server = await timed(starts, start);
      }
      const median = (times: number[]) => quantile(times, 0.5).toFixed(1);
      rows.push([`${number}`, median(stored), median(read), median(starts)]);
      console.error(rows.at(-1)!.join("  "));
    }
    console.log(
      markdownTable([["responses", "to store one, ms", "to read one, ms", "start, ms"], ...rows]),
    );
  } finally {
    await server.stop();
    await Deno.remove(data, { recursive: true });
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  Deno.exit(UNUSABLE);
}
