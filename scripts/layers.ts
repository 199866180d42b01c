/**
 * Checks the structure of src/: imports point downward and never in a circle, files import few others, and nothing is
 * exported in vain.
 *
 * @module
 */

import { cycles, deadExports, forwardsOnly, percentile, readModules } from "./layers/modules.ts";

/** The rooms, from the ground up. A file of src/ itself is a room of its own. */
const ROOMS = [
  "std",
  "failure",
  "thread",
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
  "models",
  "response",
  "look",
  "ingest",
  "portable",
  "cleanup",
  "telemetry",
  "api",
  "ui",
  "settings",
  "process",
  "routes.ts",
  "app.ts",
  "assemble.ts",
  "client",
  "share_model.ts",
  "worker.ts",
  "open_library.ts",
  "open_store.ts",
  "serve.ts",
  "mod.ts",
  "engine_api.ts",
  "state_api.ts",
  "main.ts",
  "deploy.ts",
  "cli",
];

/** Files and packages that nine of ten files of a room may import at most. */
const MAX_IMPORTS = 8;

/** The rooms that are still above it. Their numbers may only be lowered. */
const ABOVE_MAX_IMPORTS: Readonly<Record<string, number>> = {
  store: 10,
  engine: 9,
  tree: 15,
  conversation: 12,
  turn: 17,
  response: 20,
  ingest: 13,
  portable: 17,
  cleanup: 14,
  api: 14,
  client: 16,
  cli: 9,
};

/** Lines below which a file that only passes on what others export has no reason to be. */
const MIN_FORWARDING_LINES = 16;

const ROOT = new URL("../", import.meta.url);

/** The part of the path that names the room of a file. */
function roomOf(path: string): string {
  return path.split("/")[1]!;
}

const modules = await readModules(ROOT, ["src/", "scripts/", "tests/"]);
const src = modules.filter(({ path }) => path.startsWith("src/"));
const paths = new Set(src.map(({ path }) => path));
const levels = new Map(ROOMS.map((room, level) => [room, level]));
const problems: string[] = [];

for (const { path, imports } of src) {
  const level = levels.get(roomOf(path));
  if (level === undefined) {
    problems.push(`${path}: ${roomOf(path)} is not a known room`);
    continue;
  }
  for (const target of imports) {
    if (!target.startsWith("src/")) continue;
    if (/\.tsx?$/.test(target) && !paths.has(target)) {
      problems.push(`${path} imports ${target}, which does not exist`);
    }
    if (roomOf(target) === roomOf(path)) continue;
    if (!(levels.get(roomOf(target))! < level)) {
      problems.push(`${path} imports ${target}, which is above it`);
    }
  }
}

for (const cycle of cycles(src)) problems.push(`${cycle.join(", ")} import each other`);

// A file of src/ itself puts the rooms together.
for (const room of ROOMS.filter((room) => !room.endsWith(".ts"))) {
  const counts = src.filter(({ path }) => roomOf(path) === room)
    .map(({ specifiers }) => specifiers.length);
  const most = percentile(counts, 0.9);
  const allowed = ABOVE_MAX_IMPORTS[room] ?? MAX_IMPORTS;
  if (most > allowed) {
    problems.push(
      `src/${room}: the 90th percentile of imports per file is ${most}, above ${allowed}`,
    );
  } else if (most < allowed && room in ABOVE_MAX_IMPORTS) {
    console.log(`src/${room}: lower ABOVE_MAX_IMPORTS from ${allowed} to ${most}`);
  }
}

for (const module of src) {
  // Stand-ins for packages have the names and the entries of those.
  if (module.path.startsWith("src/std/")) continue;
  if (module.lines < MIN_FORWARDING_LINES && forwardsOnly(module)) {
    problems.push(`${module.path} only passes on what other files export`);
  }
  const isEntry = module.path.split("/").length === 2;
  const isKernel = module.path.startsWith("src/engine/simd/kernels/");
  if (isEntry || isKernel) continue;
  for (const name of deadExports(module, modules)) {
    problems.push(`${module.path} exports ${name}, which no other file imports`);
  }
}

for (const problem of problems) console.error(problem);
console.log(`${src.length} files, ${problems.length} problems`);
if (problems.length > 0) Deno.exit(1);
