import { Command, Option } from "commander";
import { findWeights } from "../../checkpoint/find_file.ts";
import { loadConfig } from "../../settings/config.ts";
import { interruptSignal } from "../interrupt.ts";
import { Progress } from "../progress.ts";
import { ENGINES, WEIGHTS } from "../../engine/engine_options.ts";

/** Options of {@linkcode runCommand}, by the environment variable that each sets. */
const VARIABLES = {
  host: "HOST",
  port: "PORT",
  weights: "TERN_WEIGHTS",
  engine: "TERN_ENGINE",
  threads: "TERN_THREADS",
  store: "TERN_STORE",
  data: "TERN_DATA",
  log: "TERN_LOG",
} as const;

type RunOptions = { readonly [Name in keyof typeof VARIABLES]?: string };

/** `tern run`: the server, with a model. */
export function runCommand(): Command {
  return new Command("run")
    .summary("serve a model over HTTP")
    .description(
      "Serve a model: a .pth, .safetensors, .st or .gguf file, a folder with one, or a name that " +
        "`tern list` shows. Without one, the model of TERN_MODEL or else the embedded one. A " +
        "published model that is not here is pulled first.",
    )
    .argument("[model]", "a file, a folder or a name")
    .option("-p, --port <port>", "the TCP port, 0 for any that is free (PORT)")
    .option("--host <address>", "the address to listen on (HOST)")
    .addOption(new Option("--weights <type>", "TERN_WEIGHTS").choices(WEIGHTS))
    .addOption(new Option("--engine <engine>", "TERN_ENGINE").choices(ENGINES))
    .option("--threads <number>", "TERN_THREADS")
    .option("--store <store>", "deno-kv, sqlite, memory or a Redis URL (TERN_STORE)")
    .option("--data <folder>", "where conversations are kept (TERN_DATA)")
    .option("--log <level>", "the least serious log entries to write (TERN_LOG)")
    .action(async (model: string | undefined, options: RunOptions) => {
      const env = Deno.env.toObject();
      if (model !== undefined) env["TERN_MODEL"] = await pulledIfMissing(model);
      for (const [option, variable] of Object.entries(VARIABLES)) {
        const value = options[option as keyof RunOptions];
        if (value !== undefined) env[variable] = value;
      }
      const { start } = await import("../../main.ts");
      let progress: Progress | undefined;
      const events = {
        loading(done: number, total: number) {
          progress ??= new Progress(total, "bytes");
          progress.advance(done - progress.done);
        },
        ready: () => progress?.end(),
      };
      // Elsewhere it would come between the lines of a log.
      await start(env, Deno.stderr.isTerminal() ? events : {});
    });
}

/** The argument, or the path of a published model that was not here and is now. */
async function pulledIfMissing(model: string): Promise<string> {
  const { findNamedModel } = await import("../find_named_model.ts");
  const { findOfficialModel } = await import("../official_models.ts");
  const isHere = await findWeights(await findNamedModel(model)) !== undefined;
  const isOnHub = /^(https:\/\/)?hf\.co\//.test(model);
  if (isHere || (findOfficialModel(model) === undefined && !isOnHub)) return model;
  const { pullModel } = await import("../pull/pull_model.ts");
  const config = loadConfig(Deno.env.toObject());
  const { path } = await pullModel(model, { config, signal: interruptSignal() });
  return path;
}
