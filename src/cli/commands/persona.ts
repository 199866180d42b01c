import { Command, Option } from "commander";
import { interruptSignal } from "../interrupt.ts";
import { formatBytes, Progress } from "../progress.ts";
import { notice, standardOutput, writeJson } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import type { PersonaSource } from "../persona/save_persona.ts";

/** Options of {@linkcode personaCommand}. */
interface PersonaOptions {
  readonly response?: string;
  readonly system?: string;
  readonly text?: string;
  readonly role: "system" | "user";
  readonly model?: string;
  readonly tenant: string;
  readonly force?: true;
  readonly json?: true;
}

/** What a file of a persona may be called: the server finds no others. */
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** `tern persona`: a state that conversations begin with. */
export function personaCommand(): Command {
  return new Command("persona")
    .summary("save a state that conversations begin with")
    .description(
      "Save the state after a system prompt, a text or a stored response as a persona. Requests " +
        'select it as model "MODEL@NAME"; nothing of it is read again.',
    )
    .argument("<name>", "what to call it: letters, digits, dots, hyphens and underscores")
    .option("--system <text>", "begin with this system prompt")
    .option("--text <file>", "begin with a text that was read, of any length")
    .addOption(
      new Option("--role <role>", "who speaks the text").choices(["system", "user"]).default(
        "user",
      ),
    )
    .option("--response <id>", "begin after a stored response, or a text that was ingested")
    .option("-m, --model <model>", "a file, a folder or a name, TERN_MODEL without it")
    .option(
      "--tenant <tenant>",
      "whose response it is: @NAME of a key, public without keys",
      "public",
    )
    .option("-f, --force", "replace a persona of this name")
    .option("--json", "the result as JSON")
    .action(async (name: string, options: PersonaOptions) => {
      if (!NAME.test(name)) throw new UsageError(`A persona cannot be called ${name}`);
      const source = await sourceOf(options);
      const { findNamedModel } = await import("../find_named_model.ts");
      const { loadConfig } = await import("../../settings/config.ts");
      const { savePersona } = await import("../persona/save_persona.ts");
      let progress: Progress | undefined;
      const saved = await savePersona(
        { name, model: await findNamedModel(options.model), source, force: options.force ?? false },
        {
          config: loadConfig(Deno.env.toObject()),
          signal: interruptSignal(),
          onRead(tokens, total) {
            progress ??= new Progress(total, "tokens");
            progress.advance(tokens - progress.done);
          },
        },
      ).finally(() => progress?.end());
      if (options.json) return writeJson(standardOutput(), saved);
      notice(`${saved.path}: ${formatBytes(saved.bytes)}`);
      standardOutput().write(`${saved.model}\n`);
    });
}

async function sourceOf(
  { response, system, text, role, tenant }: PersonaOptions,
): Promise<PersonaSource> {
  if ([response, system, text].filter((given) => given !== undefined).length !== 1) {
    throw new UsageError("Give one of --system, --text and --response");
  }
  if (response !== undefined) return { response, tenant };
  if (system !== undefined) return { message: { role: "system", text: system } };
  return { message: { role, text: await Deno.readTextFile(text!) } };
}
