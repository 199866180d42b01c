import { z } from "zod";

const MAIN = new URL("../src/main.ts", import.meta.url).pathname;
const START_MS = 120_000;
const POLL_MS = 50;

const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })).length(1) });

/** The server did not get ready. */
export class ServerStartError extends Error {
  override readonly name = "ServerStartError";
  constructor(why: string) {
    super(`The server did not start: ${why}`);
  }
}

/** What the server is started with. */
export interface ServerOptions {
  /** A model folder. */
  readonly model: string;
  /** What `TERN_STORE` may be. */
  readonly store: string;
  /** The folder for its data, which is kept. @default {string} a fresh one, which is removed */
  readonly data?: string;
  /** @default {number} a free one */
  readonly port?: number;
  /** Further settings. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The real server, in a process of its own. */
export interface Server extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** What the API calls the model. */
  readonly model: string;
  /** The folder with what it stores. */
  readonly data: string;
}

/**
 * Starts the server, by default on a free port and with a fresh data folder. Its standard error is that of the script.
 *
 * @throws {ServerStartError}
 */
export async function startServer(
  { model, store, data: kept, port = freePort(), env, signal }: ServerOptions,
): Promise<Server> {
  signal?.throwIfAborted();
  await using resources = new AsyncDisposableStack();
  const data = kept ?? await Deno.makeTempDir();
  if (kept === undefined) resources.defer(() => Deno.remove(data, { recursive: true }));
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN],
    env: {
      HOST: "127.0.0.1",
      PORT: `${port}`,
      TERN_DATA: data,
      TERN_STORE: store,
      // With a slash in it, it is a folder and no name of a model.
      TERN_MODEL: await absolutePath(model),
      TERN_LOG: "error",
      TERN_API_KEYS: "",
      ...env,
    },
    stdout: "null",
  }).spawn();
  let ended: Deno.CommandStatus | undefined;
  const status = server.status.then((status) => ended = status);
  resources.defer(async () => {
    if (ended === undefined) server.kill("SIGTERM");
    await status;
  });

  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + START_MS;
  while (!await isHealthy(url)) {
    signal?.throwIfAborted();
    if (ended !== undefined) throw new ServerStartError(`it ended with code ${ended.code}`);
    if (performance.now() > deadline) throw new ServerStartError(`not within ${START_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const response = await fetch(`${url}/v1/models`);
  const { data: [served] } = modelsSchema.parse(await response.json());
  const running = resources.move();
  const { pid } = server;
  return { url, pid, model: served!.id, data, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function absolutePath(model: string): Promise<string> {
  try {
    return await Deno.realPath(model);
  } catch (error) {
    throw new ServerStartError(`${model}: ${error instanceof Error ? error.message : error}`);
  }
}

/** A port that nobody listens on, at least a moment ago. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`);
    await response.body?.cancel();
    return response.status === 200;
  } catch (error) {
    if (error instanceof TypeError) return false; // nobody listens yet
    throw error;
  }
}
