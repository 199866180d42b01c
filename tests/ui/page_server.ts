import { ServerProcess } from "../e2e/server_process.ts";

/** A server with the embedded model that can be killed and restarted on the same port. */
export class PageServer {
  #process: ServerProcess;
  readonly #env: Record<string, string>;
  readonly #data: string;

  private constructor(process: ServerProcess, env: Record<string, string>, data: string) {
    this.#process = process;
    this.#env = env;
    this.#data = data;
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<PageServer> {
    const data = await Deno.makeTempDir();
    const all = {
      TERN_STORE: "sqlite",
      TERN_DATA: data,
      TERN_LEASE_MS: "1000",
      TERN_LOG: "info",
      ...env,
    };
    return new PageServer(await ServerProcess.start(all), all, data);
  }

  get url(): string {
    return this.#process.url;
  }

  async kill(): Promise<void> {
    await this.#process.kill();
  }

  /** Restarts it on the same port and data, optionally with other settings. */
  async restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const { port } = new URL(this.url);
    this.#process = await ServerProcess.start({ ...this.#env, ...env, PORT: port });
  }

  /** Sends a request and parses the reply as JSON. */
  async json(path: string, body?: object): Promise<Record<string, unknown>> {
    const reply = await fetch(new URL(path, this.url), {
      ...body === undefined ? {} : {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      },
    });
    return await reply.json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
    await Deno.remove(this.#data, { recursive: true });
  }
}
