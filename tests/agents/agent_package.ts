/** How long an agent may take for one prompt. */
const LIMIT_MS = 180_000;

/** What came of a process that ended well. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
}

/** An agent from npm, in a folder of its own that goes when the tests have ended. */
export class AgentPackage implements AsyncDisposable {
  /** Where the agent works. Empty. */
  readonly work: string;
  /** Where it keeps its own files. */
  readonly home: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.work = `${folder}/work`;
    this.home = `${folder}/home`;
  }

  /**
   * Installs a package, without running its scripts.
   *
   * @param spec name and version
   * @param flags more of `npm install`
   */
  static async install(spec: string, flags: readonly string[] = []): Promise<AgentPackage> {
    const folder = await Deno.makeTempDir({ prefix: "tern-agent-" });
    const agent = new AgentPackage(folder);
    await Promise.all([agent.work, agent.home].map((path) => Deno.mkdir(path)));
    await Deno.writeTextFile(`${folder}/package.json`, "{}");
    const quiet = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
    await run("npm", ["install", ...quiet, ...flags, spec], folder, {});
    return agent;
  }

  /**
   * Runs a command where the agent works.
   *
   * @param script of the package, from `node_modules` on
   * @throws {Error} if it fails, or takes too long
   */
  async run(
    [command, ...before]: readonly [string, ...string[]],
    script: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<Ran> {
    const all = [...before, `${this.#folder}/node_modules/${script}`, ...args];
    return await run(command, all, this.work, env);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Ran> {
  const { code, signal, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(LIMIT_MS),
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (code !== 0) {
    throw new Error(`${command} ${args.join(" ")}: ${signal ?? code}\n${out}\n${err}`);
  }
  return { stdout: out!, stderr: err! };
}
