import { z } from "zod";
import { TextLineStream } from "@std/streams/text-line-stream";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

const listening = z.object({ message: z.literal("listening"), url: z.string() });

/** What `deno task start` sets: the memory of short-lived objects is used again sooner. */
const V8_FLAGS = "--v8-flags=--max-semi-space-size=2";

/** A server in a process of its own, as a user would start it. */
export class ServerProcess {
  readonly url: string;
  readonly #child: Deno.ChildProcess;

  private constructor(url: string, child: Deno.ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /** Starts a server on a free port and waits until it listens. */
  static async start(env: Record<string, string>): Promise<ServerProcess> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", V8_FLAGS, "--config", CONFIG, MAIN],
      env: { PORT: "0", TERN_LOG: "info", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).getReader();
    for (let line = await lines.read(); !line.done; line = await lines.read()) {
      const found = listening.safeParse(JSON.parse(line.value));
      if (!found.success) continue;
      drain(lines);
      return new ServerProcess(found.data.url, child);
    }
    throw new Error(`The server ended with ${(await child.status).code} before it listened`);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Ends the process in the middle of whatever it does. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  /** Keeps the process from doing anything until `resume`. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  /** Lets a paused process go on as if no time had passed. */
  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** Asks the process to stop, and gives its exit code. */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    return (await this.#child.status).code;
  }
}

/** Keeps the pipe from filling up. */
async function drain(lines: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await lines.read()).done);
}
