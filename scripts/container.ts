/**
 * Runs the steps of the Dockerfile in an empty folder, without a container: copies what it copies, runs what it runs,
 * starts what it starts, waits until its health check passes, asks for an answer, and ends the server by SIGTERM.
 *
 * The base image, users and volumes are not tried.
 *
 * @module
 */
import { z } from "zod";
import { environmentOf, only, parseDockerfile } from "./deploy/dockerfile.ts";

const ROOT = new URL("../", import.meta.url).pathname;
/** Of the program, once its health is asked for. */
const ATTEMPTS = 100;

const command = z.array(z.string()).min(1);

/** A port that was free just now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Runs all steps, and returns what they printed about sizes and times. */
export async function tryContainer(folder: string): Promise<{ readonly bytes: number }> {
  const instructions = parseDockerfile(await Deno.readTextFile(`${ROOT}Dockerfile`));
  const app = `${folder}/app`;
  const env = {
    // Not the folder that a task was started in.
    INIT_CWD: app,
    ...environmentOf(instructions),
    HOST: "127.0.0.1",
    PORT: `${freePort()}`,
    // The base image has it on the PATH.
    PATH: `${await denoFolder(folder)}:${Deno.env.get("PATH")}`,
  };
  await Deno.mkdir(app);
  for (const { name, text } of instructions) {
    if (name === "COPY") {
      const paths = text.split(/\s+/);
      const target = paths.pop()!;
      for (const path of paths) {
        const to = target.endsWith("/") ? `${target}${path}` : target;
        await sh(`mkdir -p "$(dirname "$2")" && cp -r "$1" "$2"`, app, env, [ROOT + path, to]);
      }
    } else if (name === "RUN") {
      // Only root may change owners, and the image's user is not there.
      await sh(text.replaceAll(/chown [^&]+(&&|$)/g, "true $1"), app, env);
    }
  }
  const [program, ...args] = command.parse(JSON.parse(only(instructions, "CMD")));
  const check = /CMD (\[.*\])$/.exec(only(instructions, "HEALTHCHECK"))?.[1] ?? "";
  const [checker, ...checkArgs] = command.parse(JSON.parse(check));
  const server = new Deno.Command(program!, { args, cwd: app, env, stdin: "null" }).spawn();
  try {
    await healthy(() =>
      new Deno.Command(checker!, { args: checkArgs, cwd: app, env, stderr: "null" }).output()
    );
    const reply = await fetch(`http://127.0.0.1:${env.PORT}/v1/responses`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "tern-7m", input: "Hello." }),
    });
    if (reply.status !== 200) throw new Error(`The server answers ${reply.status}`);
    await reply.body?.cancel();
  } finally {
    server.kill("SIGTERM");
  }
  const { code } = await server.status;
  if (code !== 0) throw new Error(`The server ended with ${code} after SIGTERM`);
  return { bytes: await sizeOf(app) };
}

/** A folder with this Deno under the name that the steps call. */
async function denoFolder(folder: string): Promise<string> {
  await Deno.mkdir(`${folder}/bin`);
  await Deno.symlink(Deno.execPath(), `${folder}/bin/deno`);
  return `${folder}/bin`;
}

async function sh(
  script: string,
  cwd: string,
  env: Record<string, string>,
  args: readonly string[] = [],
): Promise<void> {
  const { success } = await new Deno.Command("sh", {
    args: ["-ec", script, "sh", ...args],
    cwd,
    env,
  }).spawn().status;
  if (!success) throw new Error(`A step failed: ${script}`);
}

async function healthy(check: () => Promise<Deno.CommandOutput>): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if ((await check()).success) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("The health check did not pass");
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    bytes += isDirectory ? await sizeOf(path) : (await Deno.lstat(path)).size;
  }
  return bytes;
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir();
  try {
    const { bytes } = await tryContainer(folder);
    console.log(`All steps ran. /app has ${(bytes / 1e6).toFixed(1)} MB.`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
