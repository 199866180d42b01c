import assert from "node:assert/strict";
import { DEV_CONFIG } from "../../scripts/dev_config.ts";

/** What a script said, and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of the folder scripts/ to its end, with this on standard input and no more than these permissions. */
export async function runScript(
  script: string,
  args: readonly string[],
  input = "",
  permissions: readonly string[] = ["-A"],
): Promise<Outcome> {
  const path = new URL(`../../scripts/${script}`, import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "--config", DEV_CONFIG, ...permissions, path, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // A script that reads nothing has ended by then, perhaps.
  const written = new Blob([input]).stream().pipeTo(child.stdin).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  await written;
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** What a script says as it refuses: one message, exit code 2, and nothing on standard output. */
export async function refusal(...run: Parameters<typeof runScript>): Promise<string> {
  const { code, stdout, stderr } = await runScript(...run);
  assert.equal(code, 2, stderr);
  assert.equal(stdout, "");
  assert.doesNotMatch(stderr, /^\s+at /m);
  return stderr;
}
