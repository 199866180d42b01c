import { Command, Option } from "commander";
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
    .summary("serve models over HTTP")
    .description(
      "Serve models: .pth, .safetensors, .st or .gguf files, folders with one or with several, or " +
        "names that `tern list` shows. Of several, each is loaded when it is first asked for. " +
        "Without any, those of TERN_MODEL or else the embedded one. A published model that is not " +
        "here is pulled first.",
    )
    .argument("[models...]", "files, folders or names")
    .option("-p, --port <port>", "the TCP port, 0 for any that is free (PORT)")
    .option("--host <address>", "the address to listen on (HOST)")
    .addOption(new Option("--weights <type>", "TERN_WEIGHTS").choices(WEIGHTS))
    .addOption(new Option("--engine <engine>", "TERN_ENGINE").choices(ENGINES))
    .option("--threads <number>", "TERN_THREADS")
    .option("--store <store>", "deno-kv, sqlite, memory or a Redis URL (TERN_STORE)")
    .option("--data <folder>", "where conversations are kept (TERN_DATA)")
    .option("--log <level>", "the least serious log entries to write (TERN_LOG)")
    .action(async (models: string[], options: RunOptions) => {
      const env = Deno.env.toObject();
      const { pulledIfMissing } = await import("../pull/pulled_if_missing.ts");
      const paths: string[] = [];
      for (const model of models) paths.push(await pulledIfMissing(model));
      if (paths.length > 0) env["TERN_MODEL"] = paths.join(",");
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
