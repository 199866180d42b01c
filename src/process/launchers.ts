import { getPriority } from "node:os";

/** How often it is looked whether they are still there. */
const LOOK_MS = 500;
/** The command that installs and starts Deno, as `ps` names it. */
const NPX = /^(npm exec|npx)/;
/** A process and its parent. The shell of `deno task` may have made spaces of the ends of lines. */
const ENTRY = /(\d+)\s+(\d+)\s+(.+?)(?=\s+\d+\s+\d+\s|\s*$)/g;
/** What it starts Deno through. */
const BETWEEN = /^(\S*\/)?(sh|bash|dash|node|MainThread|deno)$/;
/** Processes between `npx` and `deno task` at the most. */
const MOST_BETWEEN = 4;

/**
 * The processes of `npx` that have started this one, if it was started so: `npx`, its shell, and Node. They pass no signal
 * on, so that ending `npx` would leave the server running.
 *
 * @param table what `ps -A -o pid=,ppid=,comm=` prints, or the last lines of it
 * @param parent the parent of this process
 * @returns none if `npx` is not among the ancestors
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const table = `
 *   10  1 bash
 *   11 10 npm exec deno@2
 *   12 11 sh
 *   13 12 node
 *   14 13 deno
 * `;
 * assert.deepEqual(launchersOf(table, 14), [14, 13, 12, 11]);
 * assert.deepEqual(launchersOf(table.replaceAll("\n", " "), 14), [14, 13, 12, 11]);
 * assert.deepEqual(launchersOf(table, 10), []);
 * ```
 */
export function launchersOf(table: string, parent: number): number[] {
  const processes = new Map(
    [...table.matchAll(ENTRY)].map(([, pid, ppid, name]) =>
      [Number(pid), { ppid: Number(ppid), name: name! }] as const
    ),
  );
  const found: number[] = [];
  for (let pid = parent; found.length <= MOST_BETWEEN;) {
    const process = processes.get(pid);
    if (process === undefined) return [];
    found.push(pid);
    if (NPX.test(process.name)) return found;
    if (!BETWEEN.test(process.name)) return [];
    pid = process.ppid;
  }
  return [];
}

/**
 * Calls back when one of some processes has ended. Needs `--allow-sys`.
 *
 * @returns stops looking
 */
export function watchProcesses(pids: readonly number[], onEnd: () => void): () => void {
  if (pids.length === 0) return () => {};
  const timer = setInterval(() => {
    if (pids.every(isThere)) return;
    clearInterval(timer);
    onEnd();
  }, LOOK_MS);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}

/** Its priority tells without the right to signal it, or to read `/proc`. */
function isThere(pid: number): boolean {
  try {
    getPriority(pid);
    return true;
  } catch {
    return false;
  }
}
