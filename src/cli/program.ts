import { Command } from "commander";
import project from "../../deno.json" with { type: "json" };
import { backupCommand } from "./commands/backup.ts";
import { chatCommand } from "./commands/chat.ts";
import { convertCommand } from "./commands/convert.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { listCommand } from "./commands/list.ts";
import { lookCommand } from "./commands/look.ts";
import { personaCommand } from "./commands/persona.ts";
import { promptCommand } from "./commands/prompt.ts";
import { pullCommand } from "./commands/pull.ts";
import { runCommand } from "./commands/run.ts";
import { scriptCommands } from "./commands/script.ts";
import { paint, standardOutput } from "./terminal.ts";

/**
 * The whole command line. What a command needs besides its arguments is imported when it runs, so that `--help` is fast.
 *
 * Parsing throws `CommanderError` instead of ending the process.
 */
export function createProgram(): Command {
  const output = standardOutput();
  const program = new Command("tern")
    .description("Run RWKV models: serve them, talk to them, fetch, inspect and convert them.")
    .version(project.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 failed, 2 unusable arguments or settings, 130 and 143 interrupted." +
        "\nSettings come from the environment, docs/settings.md lists them.",
    )
    .configureHelp({ styleTitle: (title) => paint(output, "bold", title) })
    .exitOverride()
    .enablePositionalOptions();
  const own = [
    runCommand(),
    pullCommand(),
    convertCommand(),
    chatCommand(),
    listCommand(),
    inspectCommand(),
    doctorCommand(),
    personaCommand(),
    backupCommand(),
    promptCommand(),
    lookCommand(),
  ];
  for (const command of own) program.addCommand(command.copyInheritedSettings(program));
  for (const command of scriptCommands()) {
    // The script prints its own help.
    program.addCommand(command.copyInheritedSettings(program).helpOption(false));
  }
  return program;
}
