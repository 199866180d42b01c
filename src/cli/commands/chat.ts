import { Command, InvalidArgumentError } from "commander";
import { notice, standardOutput } from "../terminal.ts";

interface ChatFlags {
  readonly system?: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly seed?: number;
  readonly weights?: string;
  readonly load?: string;
}

/** `tern chat`: a conversation at the terminal. */
export function chatCommand(): Command {
  return new Command("chat")
    .summary("talk to a model at the terminal")
    .description(
      "Talk to a model. Each turn goes on from the state of the one before it. /help lists the " +
        "commands of the chat. With a pipe each line is a turn. Nothing is stored unless you /save.",
    )
    .argument("[model]", "a file, a folder or a name; without it, that of TERN_MODEL")
    .option("-s, --system <text>", "the system message")
    .option("-t, --temperature <number>", "0 is greedy", number)
    .option("-m, --max-tokens <number>", "tokens of an answer at the most", number)
    .option("--seed <number>", "the same seed gives the same answers", number)
    .option("--weights <type>", "TERN_WEIGHTS")
    .option("--load <file>", "go on with a conversation that was saved with /save")
    .action(async (model: string | undefined, flags: ChatFlags) => {
      const { loadConfig } = await import("../../settings/config.ts");
      const { findNamedModel } = await import("../find_named_model.ts");
      const { openLocalServer } = await import("../chat/local_server.ts");
      const { ChatSession } = await import("../chat/chat_session.ts");
      const { Repl } = await import("../chat/repl.ts");
      const { readLines } = await import("../chat/read_lines.ts");
      const env = Deno.env.toObject();
      if (flags.weights !== undefined) env["TERN_WEIGHTS"] = flags.weights;
      const config = loadConfig(env);
      await using server = await openLocalServer(await findNamedModel(model), config);
      const session = await ChatSession.begin(server, flags.system, flags);
      const repl = new Repl(session, standardOutput());
      if (flags.load !== undefined) await session.load(flags.load);
      if (Deno.stdin.isTerminal()) notice(`${server.model}. /help lists commands, Ctrl-D ends.`);
      const historyFile = `${config.dataDirectory}/chat_history`;
      await repl.run(readLines({ historyFile, onInterrupt: () => repl.interrupt() }));
    });
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("not a number");
  return value;
}
