import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  mustFailures,
  type Report,
  rowsOf,
  rowsSchema,
  unaccounted,
  worsened,
} from "../../scripts/llmprobe/report.ts";

const report: Report = {
  conformance: {
    warnings: [{ id: "slow" }],
    nits: [],
    results: [
      { id: "chat-basic", name: "chat", outcome: "pass", failures: [] },
      {
        id: "chat-json",
        name: "JSON",
        outcome: "fail",
        failures: [
          { id: "a", severity: "MUST", message: "not valid JSON" },
          { id: "b", severity: "SHOULD", message: "too long" },
        ],
      },
    ],
  },
  coverage: { entries: [{ id: "vision", supported: false }] },
};

describe("what llmprobe reports", () => {
  it("is a row for each check, each part and each fault", () => {
    assert.deepEqual(rowsOf(report), {
      "check/chat-basic": "pass",
      "check/chat-json": "fail",
      "fault/slow": "warn",
      "covers/vision": "unsupported",
    });
    assert.deepEqual(mustFailures(report, {}), ["check/chat-json: not valid JSON"]);
    assert.deepEqual(mustFailures(report, { "check/chat-json": "fail" }), []);
  });

  it("got worse where a row did, is gone, or fails for the first time", () => {
    const before = { "check/a": "pass", "check/b": "inconclusive", "fault/c": "warn" };
    assert.deepEqual(worsened(before, before), []);
    const better = { "check/a": "pass", "check/b": "pass", "check/new": "unsupported" };
    assert.deepEqual(worsened(before, better), []);
    assert.deepEqual(worsened(before, { "check/a": "unsupported", "fault/d": "warn" }), [
      "check/a: pass is now unsupported",
      "fault/d: nothing is now warn",
      "check/b: is gone",
    ]);
    assert.equal(worsened(before, { ...before, "check/a": "unheard of" }).length, 1);
    assert.equal(worsened({}, { "check/new": "fail" }).length, 1);
  });

  it("is accounted for where the page names the row, or what its name begins with", () => {
    const rows = { "check/a-1": "fail", "check/a-2": "pass", "covers/b": "unsupported" };
    assert.deepEqual(unaccounted(rows, "Nothing `check/c`."), ["check/a-1", "covers/b"]);
    assert.deepEqual(unaccounted(rows, "All of `check/a-*`, and `covers/b`."), []);
  });

  it("has a baseline, whose rows the page accounts for", async () => {
    const read = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
    const baseline = rowsSchema.parse(JSON.parse(await read("scripts/llmprobe/baseline.json")));
    assert(Object.keys(baseline).length > 100);
    assert.deepEqual(unaccounted(baseline, await read("docs/compatibility.md")), []);
    assert.deepEqual(Object.keys(baseline).filter((id) => baseline[id] === "fail"), []);
  });
});
