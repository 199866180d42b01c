/**
 * Kills servers at random in the middle of answers: `deno task kill-test --kills 200 --store redis`.
 *
 * @module
 */
import { z } from "zod";
import { countFlag, readFlags, UNUSABLE, UsageError } from "../../scripts/flags.ts";
import { startRedis } from "../store/redis_server.ts";
import { killRounds } from "./kill_rounds.ts";

const USAGE = `deno task kill-test [--kills N] [--store kv|sqlite|redis]
  The environment variable SEED repeats a run.`;

const flagsSchema = z.object({
  kills: countFlag("--kills").default(20),
  store: z.enum(["kv", "sqlite", "redis"]).default("kv"),
});

try {
  const { kills, store } = readFlags(
    Deno.args,
    { kills: { type: "string" }, store: { type: "string" } },
    flagsSchema,
    USAGE,
  );
  await using resources = new AsyncDisposableStack();
  const data = await Deno.makeTempDir();
  resources.defer(() => Deno.remove(data, { recursive: true }));
  const redis = store === "redis" ? resources.use(await startRedis()) : undefined;
  const env = { TERN_DATA: data, TERN_STORE: redis?.url ?? (store === "kv" ? "deno-kv" : store) };
  const { changes, again } = await killRounds({
    env,
    kills,
    onRound: (round) => console.log(JSON.stringify(round)),
  });
  console.log(
    `${kills} processes were ended in the middle of an answer, and no reader noticed. ` +
      `${changes} changes of conversations beside them were made once each; ${again} requests were sent again.`,
  );
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  Deno.exit(UNUSABLE);
}
