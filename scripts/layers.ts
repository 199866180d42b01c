/**
 * Checks that imports between the rooms of src/ point downward only.
 *
 * @module
 */

/** The rooms, from the ground up. A file of src/ itself is a room of its own. */
const ROOMS = [
  "std",
  "failure",
  "onnx",
  "stream",
  "sampling",
  "tokenizer",
  "constrain",
  "state",
  "checkpoint",
  "rwkv",
  "store",
  "engine",
  "records",
  "limits",
  "prompt",
  "tree",
  "conversation",
  "turn",
  "response",
  "ingest",
  "portable",
  "cleanup",
  "telemetry",
  "api",
  "ui",
  "settings",
  "routes.ts",
  "app.ts",
  "assemble.ts",
  "worker.ts",
  "open_model.ts",
  "open_store.ts",
  "serve.ts",
  "main.ts",
  "cli",
] as const;

const SRC = new URL("../src/", import.meta.url);
const IMPORT = /(?:from\s+|import\s*\(?\s*|new URL\(\s*)"(\.{1,2}\/[^"]+)"/g;

/** The part of the path that names the room of a file. */
function roomOf(path: string): string {
  return path.split("/")[0]!;
}

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(new URL(folder, SRC))) {
    const path = folder + entry.name;
    if (entry.isDirectory) yield* sources(`${path}/`);
    else if (/\.tsx?$/.test(path)) yield path;
  }
}

const levels = new Map<string, number>(ROOMS.map((room, level) => [room, level]));
const problems: string[] = [];
let files = 0;

for await (const path of sources("./")) {
  files++;
  const file = path.slice(2);
  const level = levels.get(roomOf(file));
  if (level === undefined) {
    problems.push(`src/${file}: ${roomOf(file)} is no known room`);
    continue;
  }
  const text = await Deno.readTextFile(new URL(path, SRC));
  for (const [, specifier] of text.matchAll(IMPORT)) {
    const target = new URL(specifier!, new URL(path, SRC)).href;
    if (!target.startsWith(SRC.href)) continue;
    const room = roomOf(target.slice(SRC.href.length));
    if (room !== roomOf(file) && !(levels.get(room)! < level)) {
      problems.push(`src/${file} imports ${specifier}, which is above it`);
    }
  }
}

for (const problem of problems) console.error(problem);
console.log(`${files} files, ${problems.length} imports that do not point downward`);
if (problems.length > 0) Deno.exit(1);
export {};
