const MAIN = new URL("../../src/cli/main.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

/** What a command said, and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How {@linkcode runTern} runs a command. */
export interface RunTernOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input. */
  readonly input?: string;
  readonly cwd?: string;
}

/** Starts `tern` as a user would. Its streams are pipes. */
export function spawnTern(
  args: readonly string[],
  { env = {}, cwd }: RunTernOptions = {},
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", "--config", CONFIG, MAIN, ...args],
    env: { ...env },
    ...cwd === undefined ? {} : { cwd },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs `tern` to its end. */
export async function runTern(
  args: readonly string[],
  options: RunTernOptions = {},
): Promise<Outcome> {
  const child = spawnTern(args, options);
  // A command that reads nothing may have ended by then.
  const written = new Blob([options.input ?? ""]).stream().pipeTo(child.stdin).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  await written;
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
