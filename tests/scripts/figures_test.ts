import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { charts, crossing, type Measured } from "../../scripts/figures/charts.ts";
import { ARCHITECTURES, type Run } from "../../scripts/figures/job.ts";
import { axis, lineChart } from "../../scripts/figures/line_chart.ts";
import { assertWellFormed } from "./assert_well_formed.ts";
import { refusal, runScript } from "./run_script.ts";

function run(architecture: Run["architecture"], seconds: readonly number[], parameters = 1e6): Run {
  return {
    ...{ architecture, shape: { n_layer: 2, n_embd: 64, vocab_size: 10 }, tokens: 64, every: 1 },
    parameters,
    points: seconds.map((seconds, tokens) => ({ tokens, seconds, resident: 100, held: 4 })),
  };
}

const MEASURED: Measured = {
  long: ARCHITECTURES.map((name) => run(name, Array.from({ length: 65 }, (_, i) => i / 10))),
  sizes: ARCHITECTURES.flatMap((name) => [run(name, [0, 1], 1e6), run(name, [0, 3], 2e6)]),
};

describe("crossing", () => {
  it("is where the one has taken longer for good", () => {
    const line = run("RWKV-7", [0, 2, 4, 6, 8]);
    assert.equal(crossing(run("Transformer", [0, 1, 3, 7, 12]), line), 3);
    assert.equal(crossing(run("Transformer", [0, 3, 3, 7, 12]), line), 3);
    assert.equal(crossing(run("Transformer", [0, 1, 2, 3, 4]), line), undefined);
    assert.equal(crossing(run("Transformer", [0, 3, 5, 7, 7]), line), undefined);
  });
});

describe("axis", () => {
  it("goes from 0 to past the largest value in round steps", () => {
    assert.deepEqual(axis(4096).ticks, [0, 1000, 2000, 3000, 4000, 5000]);
    assert.deepEqual(axis(0.7).ticks, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
    assert.deepEqual(axis(0), { end: 1, ticks: [0, 1] });
    for (const max of [1e-3, 1, 3.9, 4, 7, 11, 99, 1234, 5e7]) {
      const { end, ticks } = axis(max);
      assert.ok(end >= max && ticks.length >= 5 && ticks.length <= 11, `${max}: ${ticks}`);
    }
  });
});

describe("charts", () => {
  it("are well-formed, and have a line for each architecture", () => {
    const figures = charts(MEASURED);
    assert.equal(figures.size, 5);
    for (const svg of figures.values()) {
      assertWellFormed(svg);
      assert.equal(svg.match(/<polyline/g)!.length, ARCHITECTURES.length);
      for (const name of ARCHITECTURES) assert.ok(svg.includes(name));
    }
  });

  it("keep what is drawn inside, whatever the values", () => {
    const points = [{ x: 0, y: 0 }, { x: 1e6, y: 1e-3 }];
    const svg = lineChart({ title: "a < b", x: "x", y: "y", lines: [{ name: "&", points }] });
    assertWellFormed(svg);
    const [, drawn] = /<polyline points="([^"]+)"/.exec(svg)!;
    for (const pair of drawn!.split(" ")) {
      const [x, y] = pair.split(",").map(Number) as [number, number];
      assert.ok(x >= 72 && x <= 696 && y >= 0 && y <= 400, pair);
    }
  });
});

describe("a logarithmic axis", () => {
  it("goes in powers of ten, from below the least value to above the largest", () => {
    const points = [{ x: 0, y: 0.5 }, { x: 1, y: 5 }, { x: 2, y: 20_000 }];
    const lines = [{ name: "a", points }];
    const svg = lineChart({ title: "t", x: "x", y: "y", logarithmic: true, lines });
    assertWellFormed(svg);
    for (const label of ["0.1", "1", "10", "100", "1,000", "10K", "100K"]) {
      assert.ok(svg.includes(`text-anchor="end">${label}<`), label);
    }
    const [, drawn] = /<polyline points="([^"]+)"/.exec(svg)!;
    const heights = drawn!.split(" ").map((pair) => Number(pair.split(",")[1]));
    // From 0.5 to 5 is as far as from 2,000 to 20,000: a sixth of the axis.
    assert.ok(Math.abs(heights[0]! - heights[1]! - 320 / 6) < 0.2, `${heights}`);
  });

  it("takes values that are all the same", () => {
    const lines = [{ name: "a", points: [{ x: 0, y: 1 }, { x: 1, y: 1 }] }];
    const svg = lineChart({ title: "t", x: "x", y: "y", logarithmic: true, lines });
    assert.doesNotMatch(svg, /NaN/);
  });
});

describe("deno task figures", () => {
  it("draws what a file holds", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const file = `${folder}/measured.json`;
      await Deno.writeTextFile(file, JSON.stringify(MEASURED));
      const { code, stdout, stderr } = await runScript("figures.ts", [
        ...["--from", file, "--out", `${folder}/out`],
      ]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /takes no longer in all than RWKV-7/);
      const names = [...Deno.readDirSync(`${folder}/out`)].map(({ name }) => name).sort();
      const forgetting = ["forgetting_rwkv4.svg", "forgetting_rwkv7.svg"];
      assert.deepEqual(names, [...charts(MEASURED).keys(), "figures.json", ...forgetting].sort());
      for (const name of forgetting) {
        const svg = await Deno.readTextFile(`${folder}/out/${name}`);
        assertWellFormed(svg);
        assert.equal(svg.match(/<polyline/g)!.length, 6);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  it("refuses a file that holds no figures", async () => {
    assert.match(
      await refusal("figures.ts", ["--from", "deno.json"]),
      /deno.json holds no figures/,
    );
  });
});
