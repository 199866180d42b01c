/**
 * The entry of the command line, `deno task tern COMMAND`. {@linkcode FAILED} lists the exit codes.
 *
 * @module
 */
import { CommanderError } from "commander";
import { ConfigError, UnknownSettingError } from "../settings/config.ts";
import { FAILED, UNUSABLE } from "./exit_codes.ts";
import { InterruptedError } from "./interrupt.ts";
import { createProgram } from "./program.ts";
import { UsageError } from "./usage_error.ts";

/** Errors that are bugs of Tern and not the user's to fix. Their stack is shown. */
const BUGS = [TypeError, RangeError, ReferenceError, SyntaxError] as const;

/** Deno runs tasks in the project's folder. Paths are meant relative to where the user is. */
function goWhereTheUserIs(): void {
  const start = Deno.env.get("INIT_CWD");
  const project = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");
  if (start !== undefined && Deno.cwd() === project) Deno.chdir(start);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof InterruptedError) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : UNUSABLE;
  const isBug = !(error instanceof Error) || BUGS.some((type) => error.constructor === type);
  console.error(isBug ? error : error.message);
  const isUnusable = error instanceof UsageError || error instanceof ConfigError ||
    error instanceof UnknownSettingError;
  return isUnusable ? UNUSABLE : FAILED;
}

goWhereTheUserIs();
try {
  await createProgram().parseAsync(Deno.args, { from: "user" });
  Deno.exit(); // Listeners for signals would keep the process alive. The exit code may have been set.
} catch (error) {
  Deno.exit(exitCodeOf(error));
}
