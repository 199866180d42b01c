import { Command } from "commander";
import { notice, standardOutput, writeJson } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";

interface PromptFlags {
  readonly model?: string;
  readonly json?: true;
}

/** `tern prompt`: what a model reads of a request. */
export function promptCommand(): Command {
  return new Command("prompt")
    .summary("print the prompt that a request becomes")
    .description(
      "Print the prompt that a model reads for a request, exactly: the body of a chat completion, or " +
        "of a response whose input is text or messages.",
    )
    .argument("<file>", "a JSON file with the body of the request, - for standard input")
    .option("-m, --model <model>", "a file, a folder or a name; without it, that of TERN_MODEL")
    .option("--json", "as JSON, with the tokens")
    .action(async (file: string, { model, json }: PromptFlags) => {
      const request = await readRequest(file);
      const { loadConfig } = await import("../../settings/config.ts");
      const { findNamedModel } = await import("../find_named_model.ts");
      const { openLocalServer } = await import("../chat/local_server.ts");
      const { renderRequest } = await import("../prompt/render_request.ts");
      const config = loadConfig(Deno.env.toObject());
      await using server = await openLocalServer(await findNamedModel(model), config);
      const rendered = await renderRequest(server, request);
      const output = standardOutput();
      if (json) return writeJson(output, rendered);
      output.write(rendered.prompt);
      if (rendered.ignored !== null) notice(`without effect: ${rendered.ignored}`);
    });
}

async function readRequest(file: string): Promise<unknown> {
  try {
    const text = file === "-"
      ? await new Response(Deno.stdin.readable).text()
      : await Deno.readTextFile(file);
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : `${cause}`;
    throw new UsageError(`${file}: ${why}`, { cause });
  }
}
