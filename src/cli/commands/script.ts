import { Command } from "commander";
import project from "../../../deno.json" with { type: "json" };

/** Tasks of the project that are commands as well. They take their arguments as they are. */
const SCRIPTS = ["eval", "bench", "logits", "recall", "battery", "key"] as const;

const ROOT = new URL("../../../", import.meta.url).pathname;

/** `tern eval` and the others that run a script, in a process of its own with that script's permissions. */
export function scriptCommands(): Command[] {
  return SCRIPTS.map((name) =>
    new Command(name)
      .summary(decapitalized(project.tasks[name].description))
      .usage("[arguments]")
      .argument("[arguments...]", "arguments of the script, see --help")
      .allowUnknownOption()
      .passThroughOptions()
      .action(async (_: unknown, __: unknown, { args }: Command) => {
        Deno.exitCode = await runTask(project.tasks[name].command, args);
      })
  );
}

/** Runs the command line of a task where the user is, and gives its exit code. */
async function runTask(command: string, args: readonly string[]): Promise<number> {
  const [, ...words] = command.split(" ");
  const task = words.map((word) => /^(scripts|tests)\//.test(word) ? ROOT + word : word);
  const config = task.includes("--config") ? [] : ["--config", `${ROOT}deno.json`];
  const [run, ...rest] = task;
  const child = new Deno.Command(Deno.execPath(), {
    args: [run!, ...config, ...rest, ...args],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  // A terminal sends Ctrl-C to both processes, other senders to this one alone. The child decides when to end.
  Deno.addSignalListener("SIGINT", () => {});
  Deno.addSignalListener("SIGTERM", () => child.kill("SIGTERM"));
  return (await child.status).code;
}

function decapitalized(text: string): string {
  return text[0]!.toLowerCase() + text.slice(1);
}
