import { Command } from "commander";
import { interruptSignal } from "../interrupt.ts";
import { notice, standardOutput, writeJson } from "../terminal.ts";

interface PullFlags {
  readonly name?: string;
  readonly force?: true;
  readonly json?: true;
}

/** `tern pull`: downloads a model. */
export function pullCommand(): Command {
  return new Command("pull")
    .summary("download a model")
    .description(
      "Download a model into the folder of models (TERN_MODELS). A download that broke off or was " +
        "interrupted is continued by the same command. Size and SHA-256 are checked, and the file " +
        "gets its name only when it is whole.",
    )
    .argument(
      "<model>",
      "a published name (tern list), hf.co/OWNER/REPO[@REVISION][:FILE], or an https URL",
    )
    .option("--name <name>", "keep it under this name")
    .option("-f, --force", "replace a file that is there")
    .option("--json", "print where the model is as JSON")
    .addHelpText(
      "after",
      "\nHF_ENDPOINT and MODELSCOPE_ENDPOINT name mirrors, HF_TOKEN is sent to the former alone," +
        "\nHTTPS_PROXY and NO_PROXY name a proxy.",
    )
    .action(async (model: string, { name, force, json }: PullFlags) => {
      const { loadConfig } = await import("../../settings/config.ts");
      const { pullModel } = await import("../pull/pull_model.ts");
      const config = loadConfig(Deno.env.toObject());
      const pulled = await pullModel(model, { config, signal: interruptSignal(), name, force });
      if (json) writeJson(standardOutput(), pulled);
      else notice(`tern run ${pulled.name}`);
    });
}
