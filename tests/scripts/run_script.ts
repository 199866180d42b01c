import assert from "node:assert/strict";

/** What a script said, and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of the folder scripts/ to its end. */
export async function runScript(script: string, args: readonly string[]): Promise<Outcome> {
  const path = new URL(`../../scripts/${script}`, import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", path, ...args],
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** What a script says as it refuses: one message, exit code 2, and nothing on standard output. */
export async function refusal(script: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runScript(script, args);
  assert.equal(code, 2, stderr);
  assert.equal(stdout, "");
  assert.doesNotMatch(stderr, /^\s+at /m);
  return stderr;
}
