import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { TextLineStream } from "@std/streams/text-line-stream";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Whether there is `npx`, and `ps`, by which the server finds out who has started it. */
const hasNpx = ["npx", "ps"].every((name) => {
  try {
    return new Deno.Command(name, { args: ["--version"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
});
if (!hasNpx) {
  console.warn("SKIPPED: there is no npx or no ps, so nothing is started as the README has it");
}

describe("a server that npx has started", { ignore: !hasNpx }, () => {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    it(`ends when npx is ended by ${signal}`, async () => {
      const child = new Deno.Command("npx", {
        args: ["-y", `deno@${Deno.version.deno}`, "task", "start"],
        cwd: ROOT,
        env: { PORT: "0", TERN_STORE: "memory" },
        stdin: "null",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const lines = child.stdout.pipeThrough(new TextDecoderStream())
        .pipeThrough(new TextLineStream());
      const seen: string[] = [];
      // The server holds the pipe: it is read to its end only when that has ended.
      for await (const line of lines) {
        const { message } = JSON.parse(line);
        seen.push(message);
        if (message === "listening") child.kill(signal);
      }
      await child.status;
      assert.deepEqual(seen.slice(-2), ["listening", "stopping"]);
    });
  }
});
