import { Command } from "commander";
import type { Check } from "../doctor/check.ts";
import { FAILED } from "../exit_codes.ts";
import { type Output, paint, standardOutput, writeJson } from "../terminal.ts";

const COLOURS = { ok: "green", warn: "yellow", fail: "red" } as const;

/** `tern doctor`: whether the server would start here, and run well. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .summary("check this machine, the settings and the store")
    .description(
      "Check the machine (SIMD, threads, memory), the settings in the environment, the model, the " +
        "data folder, the store and the port. Exits with 1 if something would keep the server from " +
        "starting or lose data.",
    )
    .option("--json", "as JSON")
    .action(async ({ json }: { json?: true }) => {
      const { diagnose } = await import("../doctor/diagnose.ts");
      const checks = await diagnose(Deno.env.toObject());
      const output = standardOutput();
      if (json) writeJson(output, checks);
      else output.write(checks.map((check) => line(output, check)).join(""));
      if (checks.some(({ status }) => status === "fail")) Deno.exitCode = FAILED;
    });
}

function line(output: Output, { name, status, detail }: Check): string {
  return `${paint(output, COLOURS[status], status.padEnd(4))}  ${name.padEnd(17)}  ${detail}\n`;
}
