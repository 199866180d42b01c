import { InterruptedError, interruptSignal } from "../src/cli/interrupt.ts";
import { UNUSABLE } from "./flags.ts";

/**
 * Prints what a script makes of its arguments, and ends the process: with 2 and the message alone if an error is of these
 * types, and with the code of the signal if it was interrupted.
 */
export async function printReport(
  make: (args: readonly string[], signal: AbortSignal) => Promise<string>,
  // deno-lint-ignore no-explicit-any -- errors are made from anything
  unusable: readonly (new (...args: any[]) => Error)[],
): Promise<never> {
  try {
    const report = await make(Deno.args, interruptSignal());
    await new Blob([report, "\n"]).stream().pipeTo(Deno.stdout.writable);
    Deno.exit(0); // A listener for signals keeps the process.
  } catch (error) {
    if (error instanceof InterruptedError) Deno.exit(error.exitCode);
    if (!unusable.some((type) => error instanceof type)) throw error;
    console.error((error as Error).message);
    Deno.exit(UNUSABLE);
  }
}
