/**
 * Starts the server as the README says, with an empty cache of packages, asks for an answer, and says how much was
 * downloaded until then. Exits with 1 if it is more than the limit, and with 3 if there is no registry to download from.
 *
 * @module
 */
import { z } from "zod";

/** The most that may be downloaded before the first answer, in bytes. */
const LIMIT = 60_000_000;
const START_MS = 120_000;
const NOT_TO_BE_HAD = 3;

const ROOT = new URL("../", import.meta.url).pathname;

const replySchema = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().min(1) }) })).length(1),
});

/** Bytes of all files in a folder. */
async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    bytes += isDirectory ? await folderBytes(path) : await fileBytes(path);
  }
  return bytes;
}

/** The size of a file: 0 if it was temporary and is gone. */
async function fileBytes(path: string): Promise<number> {
  try {
    return (await Deno.lstat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** Reads what the server prints until it says where it listens. */
async function listeningAt(log: ReadableStream<Uint8Array>): Promise<string | undefined> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const part of log.values({ preventCancel: true })) {
    text += decoder.decode(part, { stream: true });
    const url = /"message":"listening","url":"([^"]+)"/.exec(text)?.[1];
    if (url !== undefined) return url;
  }
  return undefined;
}

async function firstAnswer(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "tern-7m", messages: [{ role: "user", content: "Hi!" }] }),
  });
  const { choices: [choice] } = replySchema.parse(await response.json());
  return choice!.message.content;
}

/** Ends a process, if it has not ended by itself. */
async function stop(process: Deno.ChildProcess): Promise<void> {
  try {
    process.kill("SIGTERM");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  await process.status;
}

const folder = await Deno.makeTempDir();
const cache = `${folder}/cache`;
const server = new Deno.Command(Deno.execPath(), {
  args: ["task", "start"],
  cwd: ROOT,
  env: {
    DENO_DIR: cache,
    HOST: "127.0.0.1",
    PORT: "0",
    TERN_DATA: `${folder}/data`,
    TERN_LOG: "info",
    TERN_API_KEYS: "",
  },
  stdin: "null",
  stdout: "piped",
  stderr: "piped",
}).spawn();
const stderr = new Response(server.stderr).text();
const timeout = setTimeout(() => server.kill("SIGTERM"), START_MS);
let code = 0;
try {
  const url = await listeningAt(server.stdout);
  if (url === undefined) {
    const said = await stderr;
    console.error(said.trim());
    const offline = /error sending request|dns error|Connection refused/i.test(said);
    if (offline) console.error("SKIPPED: packages cannot be downloaded here.");
    code = offline ? NOT_TO_BE_HAD : 1;
  } else {
    const answer = await firstAnswer(url);
    const bytes = await folderBytes(cache);
    console.log(
      `${(bytes / 1e6).toFixed(1)} MB downloaded before the answer ${JSON.stringify(answer)} ` +
        `(limit: ${LIMIT / 1e6} MB)`,
    );
    if (bytes > LIMIT) code = 1;
  }
} finally {
  clearTimeout(timeout);
  await stop(server);
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(code);
