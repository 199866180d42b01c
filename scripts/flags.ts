import { parseArgs, type ParseArgsConfig } from "node:util";
import { z } from "zod";

/** The exit code for what whoever runs a script can mend. */
export const UNUSABLE = 2;

/** The flags or the input of a script are wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Reads the flags of a script.
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
