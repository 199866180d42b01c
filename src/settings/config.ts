import type { Setting } from "./setting.ts";
import { SETTINGS } from "./settings.ts";
import { SettingsError } from "./settings_error.ts";
import { unknownVariables } from "./unknown_variables.ts";

/** The value of every setting. */
export type Config = {
  readonly [Name in keyof typeof SETTINGS]: Exclude<
    ReturnType<(typeof SETTINGS)[Name]["parse"]>,
    undefined
  >;
};

/** A variable whose value cannot be used. */
export interface ConfigProblem {
  readonly variable: string;
  /** What it is set to, or `null` if that is a secret. */
  readonly value: string | null;
  readonly allowed: string;
}

/** Some environment variables have values that cannot be used. */
export class ConfigError extends SettingsError {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, value, allowed }) => {
      const shown = value === null
        ? "has a value that is not shown here"
        : `is ${JSON.stringify(value)}`;
      return `${variable} ${shown}: it must be ${allowed}.`;
    });
    super(`The settings cannot be used.\n${lines.map((line) => `- ${line}`).join("\n")}`);
    this.problems = problems;
  }
}

/**
 * Variables that no setting has, and whose names promise protection. Ignoring one would leave a server open that its
 * operator takes for closed.
 */
export class UnknownSettingError extends SettingsError {
  override readonly name = "UnknownSettingError";
  constructor(readonly variables: readonly string[], lines: readonly string[]) {
    super(`These variables protect nothing:\n${lines.map((line) => `- ${line}`).join("\n")}`);
  }
}

/**
 * What is to be said of variables that begin like settings and are none: they are ignored.
 *
 * @returns a sentence for each
 * @throws {UnknownSettingError} if one of them was meant to restrict access, as `TERN_API_KEY` is
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(unknownSettings({ TERN_THREAD: "4" }), [
 *   "TERN_THREAD is no setting, and is ignored. Did you mean TERN_THREADS?",
 * ]);
 * assert.throws(() => unknownSettings({ TERN_API_KEY: "x" }), /Did you mean TERN_API_KEYS\?/);
 * ```
 */
export function unknownSettings(
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const unknown = unknownVariables(env);
  const told = ({ variable, nearest, restricts }: typeof unknown[number]) =>
    `${variable} is no setting${restricts ? "" : ", and is ignored"}.` +
    (nearest === undefined ? "" : ` Did you mean ${nearest}?`);
  const dangerous = unknown.filter(({ restricts }) => restricts);
  if (dangerous.length > 0) {
    throw new UnknownSettingError(dangerous.map(({ variable }) => variable), dangerous.map(told));
  }
  return unknown.map(told);
}

/**
 * Reads every setting from environment variables. An absent or empty one has its default.
 *
 * @throws {ConfigError} that names every variable whose value cannot be used.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const config = loadConfig({ PORT: "8080", TERN_CORS_ORIGINS: "https://a.example" });
 * assert.equal(config.port, 8080);
 * assert.deepEqual(config.corsOrigins, ["https://a.example"]);
 * assert.equal(config.host, "127.0.0.1");
 * assert.throws(() => loadConfig({ PORT: "http" }), /PORT is "http": it must be an integer/);
 * ```
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: ConfigProblem[] = [];
  const read = (
    { env: variable, default: byDefault, allowed, secret, parse }: Setting<unknown>,
  ) => {
    const value = env[variable] || byDefault;
    const parsed = parse(value);
    if (parsed === undefined) problems.push({ variable, value: secret ? null : value, allowed });
    return parsed;
  };
  const values = Object.entries(SETTINGS).map(([name, setting]) => [name, read(setting)]);
  if (problems.length > 0) throw new ConfigError(problems);
  // Each has what its own `parse` gives.
  return Object.fromEntries(values) as Config;
}
