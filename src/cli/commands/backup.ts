import { Command } from "commander";
import { formatBytes } from "../progress.ts";
import { standardOutput, writeJson } from "../terminal.ts";

/** `tern backup`: a copy of the database, taken beside a running server. */
export function backupCommand(): Command {
  return new Command("backup")
    .summary("copy the database, also while servers use it")
    .description(
      "Copy the database of TERN_STORE and TERN_DATA to a new file, as it is at one moment. Servers go on " +
        "meanwhile. To restore it, see docs/self_hosting.md.",
    )
    .argument("<file>", "the copy, which must not exist")
    .option("--json", "print the copy's path and size as JSON")
    .action(async (file: string, { json }: { json?: true }) => {
      const { backUp } = await import("../backup/back_up.ts");
      const bytes = await backUp(Deno.env.toObject(), file);
      const output = standardOutput();
      if (json) writeJson(output, { path: file, bytes });
      else output.write(`${file}: ${formatBytes(bytes)}\n`);
    });
}
