import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { recallFigure } from "../../scripts/recall/figure.ts";
import type { Outcome } from "../../scripts/recall/hold_conversation.ts";
import { modelNames, modelRecall, recallTable } from "../../scripts/recall/report.ts";
import { tallyByDistance, tallyByKind, wilsonInterval } from "../../scripts/recall/tally.ts";
import { assertWellFormed } from "./assert_well_formed.ts";

/** An outcome of which only these things matter. */
function outcome(kind: string, distance: number, recalled: boolean): Outcome {
  return { kind, distance, recalled, value: "x", question: "?", reply: "", cached_tokens: 1 };
}

describe("tallies", () => {
  const outcomes = [
    outcome("pet", 4, true),
    outcome("name", 0, true),
    outcome("pet", 0, false),
    outcome("name", 0, true),
  ];

  it("has the interval of published tables", () => {
    // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
    const cases = [[81, 263, 0.2553, 0.3662], [15, 148, 0.0624, 0.1605], [0, 20, 0, 0.1611], [
      1,
      29,
      0.0061,
      0.1718,
    ]] as const;
    for (const [successes, n, low, high] of cases) {
      const interval = wilsonInterval(successes, n).map((share) => Number(share.toFixed(4)));
      assert.deepEqual(interval, [low, high]);
    }
    assert.equal(wilsonInterval(20, 20)[1], 1);
  });

  it("counts by distance and by kind, in order", () => {
    const counts = (tallies: readonly { n: number; recalled: number }[]) =>
      tallies.map(({ n, recalled }) => `${recalled} of ${n}`);
    const byDistance = tallyByDistance(outcomes);
    assert.deepEqual(byDistance.map(({ distance }) => distance), [0, 4]);
    assert.deepEqual(counts(byDistance), ["2 of 3", "1 of 1"]);
    const byKind = tallyByKind(outcomes);
    assert.deepEqual(byKind.map(({ kind }) => kind), ["name", "pet"]);
    assert.deepEqual(counts(byKind), ["2 of 2", "1 of 2"]);
  });

  it("prints a row for each", () => {
    const rows = recallTable([modelRecall("m", outcomes)]).split("\n");
    assert.equal(rows.length, 6);
    assert.match(rows[1]!, /^m +distance 0 +3 +2 +66\.7 +20\.8 to 93\.9$/);
    assert.match(rows[5]!, /^m +all +4 +3 +75\.0 +/);
  });
});

describe("recallFigure", () => {
  const outcomes = [0, 1, 2, 40, 41].map((distance) => outcome("name", distance, distance < 40));

  it("is well-formed, whatever a model is called", () => {
    const svg = recallFigure([
      modelRecall('<old> & "odd"', outcomes),
      ...Array.from(
        { length: 7 },
        (_, i) => modelRecall(`a model with a long name, ${i}`, outcomes),
      ),
    ]);
    assertWellFormed(svg);
    assert.match(svg, />&#60;old&#62; &#38; "odd"</);
    assert.equal(svg.match(/<polyline/g)?.length, 8);
  });

  it("has a tick at each distance that has room", () => {
    const svg = recallFigure([modelRecall("m", outcomes)]);
    const ticks = [...svg.matchAll(/<text [^>]*text-anchor="middle">(\d+)</g)];
    assert.deepEqual(ticks.map(([, distance]) => distance), ["0", "1", "2", "40"]);
  });

  it("draws a single point", () => {
    assertWellFormed(recallFigure([modelRecall("m", [outcome("name", 3, true)])]));
  });
});

describe("modelNames", () => {
  it("takes the whole path where names are the same", () => {
    assert.deepEqual(modelNames(["models/tern-7m/", "b"]), ["tern-7m", "b"]);
    assert.deepEqual(modelNames(["old/tern", "new/tern/"]), ["old/tern", "new/tern"]);
  });
});
