import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createProgram } from "../../src/cli/program.ts";
import { runTern } from "./run_tern.ts";

describe("tern", () => {
  it("shows every command in its help", async () => {
    const { code, stdout } = await runTern(["--help"]);
    assert.equal(code, 0);
    for (const { name } of createProgram().commands.map((command) => ({ name: command.name() }))) {
      assert.match(stdout, new RegExp(`^  ${name}\\b`, "m"));
    }
    assert.match(stdout, /Exit codes: 0 done, 1 failed, 2 unusable/);
    assert.ok(!stdout.includes("\x1b"), "no colour where nobody sees it");
  });

  it("describes each command and each of its options", () => {
    for (const command of createProgram().commands) {
      assert.notEqual(command.summary(), "", command.name());
      for (const option of command.options) {
        assert.notEqual(option.description, "", `${command.name()} ${option.flags}`);
      }
    }
  });

  it("ends with 2 and a hint if there is no such command or option", async () => {
    const command = await runTern(["inspct", "x"]);
    assert.equal(command.code, 2);
    assert.match(command.stderr, /unknown command 'inspct'[^]*Did you mean inspect/);
    const option = await runTern(["inspect", "tern-7m", "--jsn"]);
    assert.equal(option.code, 2);
    assert.match(option.stderr, /unknown option '--jsn'[^]*Did you mean --json/);
    assert.equal(option.stdout, "");
  });

  it("ends with 1 and one line if a command fails", async () => {
    const { code, stdout, stderr } = await runTern(["inspect", "./no-such-file.pth"]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^\.\/no-such-file\.pth: there is no such file or folder.*\n$/);
  });

  it("ends with 2 if a setting cannot be used", async () => {
    const { code, stderr } = await runTern(["list"], { env: { PORT: "http" } });
    assert.equal(code, 2);
    assert.match(stderr, /PORT is "http"/);
  });
});

describe("tern eval, logits, key and the other scripts", () => {
  it("print the script's own help", async () => {
    const { code, stdout } = await runTern(["key", "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: deno task key --name NAME/);
  });

  it("pass arguments, standard input and the exit code on, relative to where the user is", async () => {
    const cwd = new URL("../../models/", import.meta.url).pathname;
    const args = ["logits", "--model", "tern-7m", "--mode", "step"];
    const good = await runTern(args, { input: "[257, 1103, 34]", cwd });
    assert.equal(good.code, 0, good.stderr);
    assert.equal(JSON.parse(good.stdout).logits.length, 4096);
    const bad = await runTern(args, { input: "[]", cwd });
    assert.equal(bad.code, 2);
    assert.equal(bad.stdout, "");
  });
});
