import { Command } from "commander";
import { columns, notice, standardOutput, writeJson } from "../terminal.ts";

/** Published models larger than this do not fit into WebAssembly memory with any weights. */
const LARGE_BYTES = 7e9;

/** `tern list`: models by name. */
export function listCommand(): Command {
  return new Command("list")
    .alias("ls")
    .summary("list the models that can be named")
    .description(
      "List the embedded models, those that were pulled, their personas, and the published ones " +
        "that `tern pull` knows, the newest first.",
    )
    .argument("[text]", "only models with this in their name")
    .option("-a, --all", "older, special and very large published models as well")
    .option("--json", "as JSON")
    .action(async (text: string | undefined, { all, json }: { all?: true; json?: true }) => {
      const { loadConfig } = await import("../../settings/config.ts");
      const { MODELS } = await import("../../main.ts");
      const { listModels, modelRow } = await import("../list_models.ts");
      const { modelsDirectory, personas } = loadConfig(Deno.env.toObject());
      const models = await listModels(MODELS, modelsDirectory, personas || undefined);
      const wanted = models.filter(({ name }) =>
        text === undefined || name.toLowerCase().includes(text.toLowerCase())
      );
      const output = standardOutput();
      if (json) return writeJson(output, wanted);
      const shown = wanted.filter(({ where, tags = [], bytes }) =>
        all || text !== undefined || where !== "official" ||
        (tags.includes("RWKV-7") && tags.includes("Recommended") && bytes < LARGE_BYTES)
      );
      output.write(columns([["NAME", "WHERE", "SIZE", "RELEASED"], ...shown.map(modelRow)]));
      const hidden = wanted.length - shown.length;
      if (hidden > 0) notice(`${hidden} more published models: tern list --all`);
    });
}
