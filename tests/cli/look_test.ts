import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { runTern } from "./run_tern.ts";

describe("tern look", () => {
  it("shows tokens, next tokens, state and half-lives as tables", async () => {
    const { code, stdout } = await runTern(["look", "Once upon a time", "--top", "2"]);
    assert.equal(code, 0);
    assert.match(stdout, /^tern-7m \(RWKV-7\) read 4 tokens$/m);
    assert.match(stdout, /^ +797 +" upon" +\d+\.\d+ %$/m);
    assert.match(stdout, /^State: 406 kB, however long the text$/m);
    assert.equal(stdout.match(/^ {5}\d( +[\d.e]+){6}$/gm)?.length, 6);
  });

  it("prints all of it as JSON, of another model, from standard input", async () => {
    const { code, stdout } = await runTern(
      ["look", "-", "--json", "--top", "3", "-m", "tern-7m-rwkv4"],
      { input: "Hi, 👋" },
    );
    assert.equal(code, 0);
    const found = JSON.parse(stdout);
    assert.equal(found.model, "tern-7m-rwkv4");
    assert.equal(found.version, "4");
    assert.equal(found.next.length, 3);
    assert.equal(found.tokens[0].probability, null);
    assert.equal(found.half_lives.length, 6);
    assert.equal(found.decays_depend_on_tokens, false);
  });

  it("refuses an empty text and a count that is out of range", async () => {
    const empty = await runTern(["look", ""]);
    assert.equal(empty.code, 2);
    assert.match(empty.stderr, /There is no text to look at/);
    const many = await runTern(["look", "Hi", "--top", "0"]);
    assert.equal(many.code, 2);
    assert.match(many.stderr, /from 1 to 100/);
  });
});
