import assert from "node:assert/strict";

const SCRIPTS = new URL("../../scripts/train/", import.meta.url).pathname;

/** Interpreters that may have what the trainer needs. */
const CANDIDATES = ["python3", "/usr/bin/python3"] as const;

const REQUIREMENTS = "import torch, numpy, sentencepiece";

/** A Python that has PyTorch, numpy and sentencepiece, on a machine that has a C compiler. */
export async function findPython(): Promise<string | undefined> {
  if (!await succeeds("cc", ["--version"])) return undefined;
  for (const python of CANDIDATES) {
    if (await succeeds(python, ["-c", REQUIREMENTS])) return python;
  }
  return undefined;
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(command, {
      args: [...args],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Runs Python in the trainer's folder, to a good end, and returns what it printed. */
export async function runPython(python: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(python, {
    args: [...args],
    cwd: SCRIPTS,
    env: { PYTHONDONTWRITEBYTECODE: "1" },
  }).output();
  const decoder = new TextDecoder();
  assert.equal(code, 0, decoder.decode(stderr));
  return decoder.decode(stdout);
}
