import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { refusal, runScript } from "./run_script.ts";

describe("deno task long-history", () => {
  it("prints a row for each history, the longest last", async () => {
    const flags = ["--model", "models/tern-7m", "--tokens", "3000", "--rounds", "1"];
    const { code, stdout, stderr } = await runScript("long_history.ts", flags);
    assert.equal(code, 0, stderr);
    const rows = stdout.trim().split("\n").slice(2).map((line) =>
      line.split("|").slice(1, -1).map((cell) => Number(cell.trim().replaceAll(",", "")))
    );
    assert.equal(rows.length, 6);
    assert.equal(rows[0]![0], 0);
    assert(rows[5]![0]! > 2500 && rows[5]![0]! < 3500, stdout);
    for (const [, fromState, over, again] of rows) {
      assert(fromState! > 0 && over! > 0 && again! > 0, stdout);
    }
  });

  it("says which flag is wrong", async () => {
    assert.match(await refusal("long_history.ts", ["--tokens", "3"]), /--model is missing/);
  });
});
