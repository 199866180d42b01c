/**
 * Asks a server for everything it does for minutes: `deno task soak --minutes 10 --store sqlite`.
 *
 * @module
 */
import { z } from "zod";
import { countFlag, readFlags, UNUSABLE, UsageError } from "../../scripts/flags.ts";
import { soak } from "./soak.ts";

const USAGE = `deno task soak [--minutes N] [--store kv|sqlite]
  The environment variable SEED repeats a run.`;

const flagsSchema = z.object({
  minutes: countFlag("--minutes").default(10),
  store: z.enum(["kv", "sqlite"]).default("sqlite"),
});

/** How much memory may grow after the second minute. */
const MOST_GROWTH = 1.1;

try {
  const { minutes, store } = readFlags(
    Deno.args,
    { minutes: { type: "string" }, store: { type: "string" } },
    flagsSchema,
    USAGE,
  );
  const data = await Deno.makeTempDir();
  try {
    const result = await soak({
      env: {
        TERN_DATA: data,
        TERN_STORE: store === "kv" ? "deno-kv" : store,
        TERN_MAX_AGE_DAYS: "1",
      },
      minutes,
      onSample: (sample) => console.log(JSON.stringify(sample)),
    });
    console.log(JSON.stringify(result, null, 2));
    const growth = result.last.rssMiB / result.settled.rssMiB;
    const flat = growth <= MOST_GROWTH && result.handlesAfter <= result.handlesBefore + 8;
    console.log(
      `Memory is ${growth.toFixed(2)} times that after two minutes: ` +
        (flat ? "flat, and no handles are left." : "NOT flat, or handles are left."),
    );
    if (!flat) Deno.exitCode = 1;
  } finally {
    await Deno.remove(data, { recursive: true });
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  Deno.exit(UNUSABLE);
}
