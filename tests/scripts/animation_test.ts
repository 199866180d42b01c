import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { draw } from "../../scripts/animation/draw.ts";
import { assertWellFormed } from "./assert_well_formed.ts";
import { runScript } from "./run_script.ts";

describe("scripts/animation.ts", () => {
  it("records an answer whose server is killed, and which is the same as without a kill", async () => {
    const file = await Deno.makeTempFile({ suffix: ".svg" });
    const { code, stdout, stderr } = await runScript("animation.ts", [file]);
    assert.equal(code, 0, stderr);
    const [, pieces] = /^(\d+) pieces, .* the same text as without a kill/.exec(stdout) ?? [];
    assert.ok(Number(pieces) > 100, stdout);
    const svg = await Deno.readTextFile(file);
    assertWellFormed(svg);
    assert.match(svg, /✕ kill -9 \d+/);
    assert.ok(svg.length < 30_000, `${svg.length} bytes`);
    await Deno.remove(file);
  });
});

describe("The drawing of a recording", () => {
  it("shows each piece when it arrived, in lines, and does not hide a difference", () => {
    const pieces = Array.from({ length: 60 }, (_, i) => ({ text: ` <w${i}>`, at: 100 * (i + 1) }));
    const common = { pieces, killedAt: 2_000, startedAt: 3_000, pids: [7, 8] } as const;
    const svg = draw({ ...common, isSame: true });
    assertWellFormed(svg);
    const shown = [...svg.matchAll(/<text x="[^"]*" y="([^"]*)"[^>]*>([^<]*&#?\w+;[^<]*)</g)];
    assert.ok(new Set(shown.map(([, y]) => y)).size > 3);
    assert.match(svg, /done: the same text/);
    assert.match(draw({ ...common, isSame: false }), /done: not the same text/);
  });
});
