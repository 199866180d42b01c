/**
 * Holds conversations with several servers over one store, and kills them on the way:
 * `deno task many-test --store redis --conversations 50 --kills 10`.
 *
 * @module
 */
import { z } from "zod";
import { countFlag, readFlags, UNUSABLE, UsageError } from "../../scripts/flags.ts";
import { startRedis } from "../store/redis_server.ts";
import { manyProcesses } from "./many_processes.ts";

const USAGE =
  `deno task many-test [--store kv|sqlite|redis] [--processes N] [--conversations N] [--turns N] [--kills N]
  The environment variable SEED repeats what is left to chance.`;

const flagsSchema = z.object({
  store: z.enum(["kv", "sqlite", "redis"]).default("sqlite"),
  processes: countFlag("--processes").default(4),
  conversations: countFlag("--conversations").default(50),
  turns: countFlag("--turns").default(4),
  kills: countFlag("--kills").default(10),
});

try {
  const names = Object.keys(flagsSchema.shape) as (keyof typeof flagsSchema.shape)[];
  const flags = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  const { store, ...options } = readFlags(Deno.args, flags, flagsSchema, USAGE);
  await using resources = new AsyncDisposableStack();
  const data = await Deno.makeTempDir();
  resources.defer(() => Deno.remove(data, { recursive: true }));
  const redis = store === "redis" ? resources.use(await startRedis()) : undefined;
  const env = { TERN_DATA: data, TERN_STORE: redis?.url ?? (store === "kv" ? "deno-kv" : store) };
  const onKill = (kill: number, turns: number) => console.log(JSON.stringify({ kill, turns }));
  const { turns, cuts } = await manyProcesses({ env, ...options, onKill });
  console.log(
    `${turns} turns in ${options.conversations} conversations: clients were cut off ${cuts} times, and nothing was lost.`,
  );
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  Deno.exit(UNUSABLE);
}
