/** A server of our own, empty, that writes everything to its folder before it answers. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  /** Ends the server as a failure of its machine would. */
  kill(): Promise<void>;
  /** Starts it again, with what it had written. */
  restart(): Promise<void>;
  /** Keeps it from answering until `resume`. */
  pause(): void;
  resume(): void;
}

/** Starts a server, with these settings besides. */
export async function startRedis(
  settings: Readonly<Record<string, string>> = {},
): Promise<RedisServer> {
  const folder = await Deno.makeTempDir();
  const port = freePort();
  let child = await start(folder, port, settings);
  const kill = async () => {
    child.kill("SIGKILL");
    await child.status;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    async restart() {
      child = await start(folder, port, settings);
    },
    pause: () => child.kill("SIGSTOP"),
    resume: () => child.kill("SIGCONT"),
    async [Symbol.asyncDispose]() {
      await kill().catch(() => {}); // it may have been killed before
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function start(
  folder: string,
  port: number,
  more: Readonly<Record<string, string>>,
): Promise<Deno.ChildProcess> {
  const settings = {
    port: `${port}`,
    bind: "127.0.0.1",
    dir: folder,
    save: "",
    appendonly: "yes",
    appendfsync: "always",
    ...more,
  };
  const child = new Deno.Command("redis-server", {
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    stdout: "null",
    stderr: "null",
  }).spawn();
  while (!await isListening(port)) await new Promise((resolve) => setTimeout(resolve, 10));
  return child;
}

async function isListening(port: number): Promise<boolean> {
  try {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Whether there is a redis-server here. */
export async function hasRedisServer(): Promise<boolean> {
  try {
    const command = new Deno.Command("redis-server", { args: ["--version"], stdout: "null" });
    return (await command.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
