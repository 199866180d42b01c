import { TextLineStream } from "@std/streams/text-line-stream";
import { KV_TOKEN } from "../store/kv_connect_server.ts";

const ENTRY = new URL("../../src/deploy.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

/** What an instance is started with. */
export interface DeployOptions {
  /** The Deno KV that the platform provides: the URL of a server. */
  readonly kv: string;
  readonly env?: Readonly<Record<string, string>>;
  /** @default the repository's */
  readonly entry?: string;
  readonly config?: string;
}

/** One instance as Deno Deploy runs it: `deno serve`, a Deno KV that is not a file, and here no right to write. */
export class DeployProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: Deno.ChildProcess;
  readonly #log: string[];

  private constructor(url: string, child: Deno.ChildProcess, log: string[]) {
    this.url = url;
    this.#child = child;
    this.#log = log;
  }

  /** Starts an instance on a free port, and waits until it answers with something other than that it loads. */
  static async start(
    { kv, env = {}, entry = ENTRY, config = CONFIG }: DeployOptions,
  ): Promise<DeployProcess> {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["serve", "--no-prompt", "--allow-net", "--allow-read", "--allow-env", "--allow-sys"],
        ...["--host", "127.0.0.1", "--port", "0", "--config", config, entry],
      ],
      env: { DENO_DEPLOY: "1", DENO_KV_DEFAULT_PATH: kv, DENO_KV_ACCESS_TOKEN: KV_TOKEN, ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const log: string[] = [];
    keepReading(linesOf(child.stdout).getReader(), log);
    const lines = linesOf(child.stderr).getReader();
    for (let line = await lines.read(); !line.done; line = await lines.read()) {
      log.push(line.value);
      const url = /Listening on (http:\/\/[\w.:]+)/.exec(line.value)?.[1];
      if (url === undefined) continue;
      keepReading(lines, log);
      const instance = new DeployProcess(url, child, log);
      await instance.#loaded();
      return instance;
    }
    throw new Error(`The instance ended before it listened:\n${log.join("\n")}`);
  }

  /** What it has printed on standard output so far. */
  get log(): string {
    return this.#log.join("\n");
  }

  /** Ends the process in the middle of whatever it does. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  /** Asks the process to stop, and gives its exit code. */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.kill();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended
    }
  }

  async #loaded(): Promise<void> {
    while (true) {
      const reply = await fetch(`${this.url}/health`);
      const { status } = await reply.json();
      if (status !== "loading") return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function linesOf(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<string> {
  return bytes.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
}

/** Keeps the pipe from filling up. */
async function keepReading(
  lines: ReadableStreamDefaultReader<string>,
  log: string[],
): Promise<void> {
  for (let line = await lines.read(); !line.done; line = await lines.read()) log.push(line.value);
}
