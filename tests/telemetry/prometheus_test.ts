import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { Registry } from "../../src/telemetry/prometheus.ts";
import { parsePrometheus } from "./prometheus_lines.ts";

describe("Registry", () => {
  it("counts by labels", () => {
    const registry = new Registry();
    const counter = registry.counter<"kind">("a_total", "A.");
    counter.add(1, { kind: "x" });
    counter.add(2.5, { kind: "x" });
    counter.add(1, { kind: "y" });
    assert.deepEqual(
      parsePrometheus(registry.text()),
      new Map([['a_total{kind="x"}', 3.5], ['a_total{kind="y"}', 1]]),
    );
  });

  it("has cumulative buckets, each bound inclusive", () => {
    const registry = new Registry();
    const histogram = registry.histogram("h", "H.", [1, 2]);
    for (const value of [0.5, 1, 1.5, 2, 9]) histogram.observe(value, {});
    assert.deepEqual(
      parsePrometheus(registry.text()),
      new Map([
        ['h_bucket{le="1"}', 2],
        ['h_bucket{le="2"}', 4],
        ['h_bucket{le="+Inf"}', 5],
        ["h_sum", 14],
        ["h_count", 5],
      ]),
    );
  });

  it("evaluates gauges on each export", () => {
    const registry = new Registry();
    let value = 1;
    registry.gauge("g", "G.", () => value);
    assert.equal(parsePrometheus(registry.text()).get("g"), 1);
    value = 2;
    assert.equal(parsePrometheus(registry.text()).get("g"), 2);
  });

  it("escapes label values", () => {
    const registry = new Registry();
    registry.counter<"path">("a_total", "A.").add(1, { path: 'q"\\\n} 1' });
    const [sample] = parsePrometheus(registry.text()).keys();
    assert.equal(sample, 'a_total{path="q\\"\\\\\\n} 1"}');
  });

  it("describes a metric without samples", () => {
    const registry = new Registry();
    registry.counter("a_total", "A.");
    assert.equal(registry.text(), "# HELP a_total A.\n# TYPE a_total counter\n");
  });
});
