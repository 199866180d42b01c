import { createInterface } from "node:readline/promises";
import process from "node:process";
import { TextLineStream } from "@std/streams/text-line-stream";

/** Lines that the history keeps. */
const HISTORY_LINES = 1_000;

/** How {@linkcode readLines} behaves at a terminal. */
export interface TerminalOptions {
  /** The file that keeps earlier lines, for the arrow keys. */
  readonly historyFile: string;
  /** Called for Ctrl-C. @returns whether there was something to interrupt; if not, the input ends */
  readonly onInterrupt: () => boolean;
}

/** The lines of standard input: edited, with a history, at a terminal; as they come from a pipe or a file. */
export async function* readLines(options: TerminalOptions): AsyncGenerator<string> {
  if (Deno.stdin.isTerminal()) return yield* readTerminal(options);
  yield* Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
}

async function* readTerminal(
  { historyFile, onInterrupt }: TerminalOptions,
): AsyncGenerator<string> {
  const history = await readHistory(historyFile);
  const { stdin: input, stdout: output } = process;
  const reader = createInterface({
    input,
    output,
    history: [...history],
    historySize: HISTORY_LINES,
  });
  const ended = Promise.withResolvers<undefined>();
  reader.on("close", () => ended.resolve(undefined));
  reader.on("SIGINT", () => {
    if (!onInterrupt()) reader.close();
  });
  try {
    for (;;) {
      const line = await Promise.race([reader.question("> "), ended.promise]);
      if (line === undefined) return;
      if (line.trim() !== "") history.unshift(line); // The latest first, as the reader wants it.
      yield line;
    }
  } finally {
    reader.close();
    output.write("\n");
    await writeHistory(historyFile, history);
  }
}

async function readHistory(path: string): Promise<string[]> {
  try {
    return (await Deno.readTextFile(path)).split("\n").filter((line) => line !== "").reverse();
  } catch {
    return []; // there is none yet, or it cannot be read: a chat works without
  }
}

async function writeHistory(path: string, history: readonly string[]): Promise<void> {
  const lines = history.slice(0, HISTORY_LINES).toReversed();
  try {
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    // What is said to a model is private.
    await Deno.writeTextFile(path, `${lines.join("\n")}\n`, { mode: 0o600 });
  } catch {
    // The history is a convenience.
  }
}
