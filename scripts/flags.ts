import { parseArgs, type ParseArgsConfig } from "node:util";
import { z } from "zod";
import { UsageError } from "../src/cli/usage_error.ts";

export { UNUSABLE } from "../src/cli/exit_codes.ts";
export { UsageError } from "../src/cli/usage_error.ts";

/**
 * Reads the flags of a script. With `--help` it prints how the script is used, and ends it.
 *
 * @param usage How the script is used, which follows what is wrong.
 * @throws {UsageError}
 */
export function readFlags<Flags>(
  args: readonly string[],
  options: NonNullable<ParseArgsConfig["options"]>,
  schema: z.ZodType<Flags>,
  usage: string,
): Flags {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usage);
    Deno.exit(0);
  }
  try {
    return schema.parse(parseArgs({ args: [...args], options }).values);
  } catch (cause) {
    throw new UsageError(`${firstProblem(cause)}\n${usage}`, { cause });
  }
}

/** The value of a flag that is a number from 1 on. */
export function countFlag(flag: string) {
  return z.string().regex(/^[1-9]\d{0,14}$/, `${flag} must be a whole number, at least 1`)
    .transform(Number);
}

/** A million wrong items are one problem, not a million. */
export function firstProblem(error: unknown): string {
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : `${error}`;
  const { path, message } = error.issues[0]!;
  return typeof path[0] === "number" ? `item ${path[0]}: ${message}` : message;
}
