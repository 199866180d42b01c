import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createProgram } from "../../src/cli/program.ts";
import { runTern } from "./run_tern.ts";

const COMMANDS = createProgram().commands.map((command) => command.name());
/** Commands that take their arguments as a script of the project does. */
const SCRIPTS = ["eval", "bench", "logits", "recall", "battery", "key"];
/** Those that need an argument. */
const NEEDS_ARGUMENT = ["pull", "convert", "inspect", "persona", "backup", "prompt", "look"];
/** Arguments with which a command fails, because what they name is not there. */
const FAILING: Readonly<Record<string, readonly string[]>> = {
  run: ["./no-such-model"],
  pull: ["no-such-model"],
  convert: ["./no-such-model", "./no-such-folder/out"],
  chat: ["./no-such-model"],
  inspect: ["./no-such-model"],
  persona: ["name", "--system", "text", "--model", "./no-such-model"],
  backup: ["./no-such-folder/copy"],
  prompt: ["./no-such-file.json"],
  look: ["text", "--model", "./no-such-model"],
  eval: ["--model", "./no-such-model", "--file", "./no-such-file"],
  logits: ["--model", "./no-such-model", "--mode", "step"],
  recall: ["--model", "./no-such-model", "--conversations", "./no-such-file"],
};

/** Whether a text has colours, or lines of a stack trace. */
const hasColour = (text: string) => text.includes("\x1b");
const hasStack = (text: string) => /^ +at .*[:(]\d+:\d+/m.test(text);

describe("every command of tern", () => {
  for (const name of COMMANDS) {
    it(`${name} has a help, without colours in a pipe`, async () => {
      const { code, stdout, stderr } = await runTern([name, "--help"]);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, /^Usage: /);
      assert.ok(!hasColour(stdout));
    });

    it(`${name} ends with 2 for an option that it does not have`, async () => {
      const { code, stdout, stderr } = await runTern([name, "--no-such-option"]);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /unknown option '--no-such-option'/i);
      assert.ok(!hasColour(stderr) && !hasStack(stderr), stderr);
    });
  }

  for (const name of NEEDS_ARGUMENT) {
    it(`${name} ends with 2 without arguments`, async () => {
      const { code, stdout, stderr } = await runTern([name]);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.notEqual(stderr, "");
      assert.ok(!hasStack(stderr), stderr);
    });
  }

  for (const [name, args] of Object.entries(FAILING)) {
    it(`${name} fails in a line or two if what it is given is not there`, async () => {
      const folder = await Deno.makeTempDir();
      try {
        const env = { TERN_DATA: `${folder}/data`, TERN_STORE: "sqlite" };
        const { code, stdout, stderr } = await runTern([name, ...args], {
          ...{ env, cwd: folder },
          input: "[1]",
        });
        assert.ok(code === 1 || code === 2, `${code}`);
        assert.equal(stdout, "");
        assert.match(stderr, /no-such|no database/);
        assert.ok(!hasColour(stderr) && !hasStack(stderr), stderr);
        const left = await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name);
        assert.deepEqual(left.filter((entry) => entry !== "data"), []);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }

  it("is listed in the documentation with what it prints as JSON", async () => {
    const text = await Deno.readTextFile(new URL("../../docs/cli.md", import.meta.url));
    const rows = text.split("\n").filter((line) => line.startsWith("| `"));
    for (const command of createProgram().commands) {
      const name = command.name();
      const own = rows.filter((row) => new RegExp(`^[^|]*\\|[^|]*\`${name}\\b`).test(row));
      assert.equal(own.length, 2, `${name} has a row in each of two tables`);
      const hasJson = command.options.some(({ long }) => long === "--json");
      if (SCRIPTS.includes(name)) continue;
      assert.equal(own[1]!.split("|")[2]!.trim() !== "", hasJson, name);
    }
  });
});
