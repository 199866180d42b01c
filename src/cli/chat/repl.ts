import { formatBytes } from "../progress.ts";
import { type Output, paint } from "../terminal.ts";
import { ChatError, type ChatSession, type Effort, EFFORTS } from "./chat_session.ts";

/** A command of the chat: `/name argument`. */
interface ReplCommand {
  readonly argument: string;
  readonly help: string;
  readonly run: (repl: Repl, argument: string) => Promise<void> | void;
}

const COMMANDS: Readonly<Record<string, ReplCommand>> = {
  help: { argument: "", help: "show these commands", run: (repl) => repl.say(helpText()) },
  history: {
    argument: "",
    help: "show what was said",
    async run(repl) {
      const items = await repl.session.history();
      repl.say(items.map(({ role, text }) => `${role}: ${text}`).join("\n") || "Nothing was said.");
    },
  },
  fork: {
    argument: "",
    help: "begin another branch here, and go on with it",
    async run(repl) {
      await repl.session.fork();
      repl.say(`Branch ${repl.session.position.current}. /switch N goes back to another.`);
    },
  },
  switch: {
    argument: "N",
    help: "go on with branch N",
    run(repl, argument) {
      repl.session.switchTo(wholeNumber(argument));
      repl.say(`Branch ${repl.session.position.current} of ${repl.session.position.count}.`);
    },
  },
  rewind: {
    argument: "[N]",
    help: "take back the last turn, or the last N",
    async run(repl, argument) {
      await repl.session.rewind(argument === "" ? 1 : wholeNumber(argument));
      const { turns } = repl.session;
      repl.say(turns === 1 ? "1 turn is left." : `${turns} turns are left.`);
    },
  },
  reset: {
    argument: "",
    help: "forget the conversation, and keep the system message",
    async run(repl) {
      await repl.session.reset();
      repl.say("A new conversation.");
    },
  },
  save: {
    argument: "FILE",
    help: "write the conversation and its state to a file",
    async run(repl, argument) {
      const path = required(argument, "a file");
      const isWhole = await repl.session.save(path);
      repl.say(
        `Saved to ${path}${isWhole ? "" : ", without the system message, which is too long"}.`,
      );
    },
  },
  load: {
    argument: "FILE",
    help: "go on with a saved conversation",
    async run(repl, argument) {
      await repl.session.load(required(argument, "a file"));
      const { tokens } = await repl.session.state();
      repl.say(`Loaded, ${tokens} tokens. Earlier turns cannot be taken back.`);
    },
  },
  state: {
    argument: "",
    help: "show the size of the state and how much it has read",
    async run(repl) {
      const { tokens, bytes, layout } = await repl.session.state();
      repl.say(`${tokens} tokens in a state of ${formatBytes(bytes)} (${layout})`);
    },
  },
  system: {
    argument: "[TEXT]",
    help: "show the system message, or set it; /system - removes it",
    run(repl, argument) {
      if (argument !== "") repl.session.system = argument === "-" ? "" : argument;
      repl.say(repl.session.system || "There is no system message.");
    },
  },
  think: {
    argument: `[${EFFORTS.join("|")}]`,
    help: "show or set how much a model thinks that can",
    run(repl, argument) {
      if (argument !== "") repl.session.effort = effort(argument);
      repl.say(`Thinking: ${repl.session.effort ?? "as the model does by default"}`);
    },
  },
  exit: { argument: "", help: "end the chat (or Ctrl-D)", run: (repl) => repl.end() },
};

/** A chat at a terminal, or with lines from a pipe. */
export class Repl {
  readonly session: ChatSession;
  readonly #output: Output;
  #ended = false;
  #answering: AbortController | undefined;

  constructor(session: ChatSession, output: Output) {
    this.session = session;
    this.#output = output;
  }

  /** Handles lines until there are no more, or one of them is `/exit`. */
  async run(lines: AsyncIterable<string>): Promise<void> {
    let message = "";
    for await (const line of lines) {
      // A backslash at the end continues a message in the next line.
      if (line.endsWith("\\")) {
        message += `${line.slice(0, -1)}\n`;
        continue;
      }
      message += line;
      await this.#handle(message.trim());
      message = "";
      if (this.#ended) return;
    }
    if (message.trim() !== "") await this.#handle(message.trim());
  }

  /** Ends the answer that is being made. @returns whether there was one */
  interrupt(): boolean {
    this.#answering?.abort();
    return this.#answering !== undefined;
  }

  /** Handles no more lines. */
  end(): void {
    this.#ended = true;
  }

  /** Writes a line of the chat itself. */
  say(text: string): void {
    this.#output.write(`${paint(this.#output, "dim", text)}\n`);
  }

  async #handle(message: string): Promise<void> {
    if (message === "") return;
    try {
      if (message.startsWith("/")) await this.#command(message);
      else await this.#answer(message);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.#output.write(`${paint(this.#output, "red", error.message)}\n`);
    }
  }

  async #command(message: string): Promise<void> {
    const [, name = "", argument = ""] = /^\/(\S*)\s*([^]*)$/.exec(message)!;
    const known = name === "quit" ? "exit" : name;
    if (!Object.hasOwn(COMMANDS, known)) {
      throw new ChatError(`There is no command /${name}: /help lists them`);
    }
    await COMMANDS[known]!.run(this, argument);
  }

  async #answer(message: string): Promise<void> {
    const controller = new AbortController();
    this.#answering = controller;
    try {
      const answer = this.session.say(message, controller.signal);
      let isBeginning = true;
      let step = await answer.next();
      for (; !step.done; step = await answer.next()) {
        const { kind, text } = step.value;
        const shown: string = isBeginning ? text.trimStart() : text;
        isBeginning &&= shown === "";
        this.#output.write(kind === "thought" ? paint(this.#output, "dim", shown) : shown);
      }
      this.#output.write("\n");
      if (step.value !== undefined) this.say(`Without effect on this model: ${step.value}`);
    } finally {
      this.#answering = undefined;
    }
  }
}

function helpText(): string {
  const rows = Object.entries(COMMANDS).map(([name, { argument, help }]) =>
    `  ${`/${name} ${argument}`.padEnd(32)}${help}`
  );
  return ["Text is said to the model; a line that ends in \\ goes on in the next.", ...rows].join(
    "\n",
  );
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new ChatError(`${JSON.stringify(text)} is not a number`);
  return Number(text);
}

function required(argument: string, what: string): string {
  if (argument === "") throw new ChatError(`Name ${what}`);
  return argument;
}

function effort(text: string): Effort {
  const known = EFFORTS.find((effort) => effort === text);
  if (known === undefined) throw new ChatError(`Thinking may be ${EFFORTS.join(", ")}`);
  return known;
}
