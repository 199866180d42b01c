import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { KvStore } from "../../src/store/kv_store.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { ObservedStore } from "../../src/telemetry/observed_store.ts";
import { ServerMetrics } from "../../src/telemetry/server_metrics.ts";
import { NO_TRACER } from "../../src/telemetry/tracer.ts";
import { testKvStore } from "../store/kv_store_suite.ts";
import { parsePrometheus } from "./prometheus_lines.ts";
import { RecordingTracer } from "./recording_tracer.ts";

const silent = createLogger({ level: "off", sink: () => {}, now: () => 0 });

testKvStore("ObservedStore", (now) => {
  const observers = { metrics: new ServerMetrics(), tracer: NO_TRACER, log: silent, now };
  return Promise.resolve(new ObservedStore(new MemoryStore({ now }), observers));
});

function observed(inner: KvStore = new MemoryStore()) {
  const metrics = new ServerMetrics();
  const tracer = new RecordingTracer();
  const lines: string[] = [];
  const log = createLogger({ level: "debug", sink: (line) => lines.push(line), now: () => 0 });
  const store = new ObservedStore(inner, { metrics, tracer, log, now: () => 0 });
  return { store, tracer, lines, samples: () => parsePrometheus(metrics.registry.text()) };
}

const value = new Uint8Array(100);

describe("ObservedStore", () => {
  it("counts operations and bytes of values", async () => {
    const { store, tracer, samples } = observed();
    await store.commit({ writes: [{ key: ["a", "1"], value }, { key: ["a", "2"], value }] });
    await store.commit({
      checks: [{ key: ["a", "1"], version: undefined }],
      writes: [{ key: ["a", "1"], value }],
    });
    await store.get(["a", "1"]);
    await store.getMany([["a", "1"], ["a", "2"], ["a", "3"]]);
    await Array.fromAsync(store.list(["a"]));
    const found = samples();
    assert.equal(found.get('tern_store_bytes_total{direction="written"}'), 200);
    assert.equal(found.get('tern_store_bytes_total{direction="read"}'), 500);
    const count = (operation: string) =>
      found.get(`tern_store_operation_seconds_count{operation="${operation}"}`);
    assert.deepEqual(["commit", "get", "getMany", "list"].map(count), [2, 1, 1, 3]);
    assert.equal(found.has('tern_store_errors_total{operation="get"}'), false);
    assert(tracer.spans.every(({ ends }) => ends === 1));
  });

  it("counts failures and rethrows them", async () => {
    const { store, tracer, samples } = observed();
    await store.close();
    await assert.rejects(store.get(["a"]), { name: "StoreClosedError" });
    await assert.rejects(Array.fromAsync(store.list(["a"])), { name: "StoreClosedError" });
    assert.equal(samples().get('tern_store_errors_total{operation="get"}'), 1);
    assert.equal(samples().get('tern_store_errors_total{operation="list"}'), 1);
    assert.deepEqual(tracer.names, ["store.get", "store.list"]);
    assert(tracer.spans.every(({ error }) => error instanceof Error));
  });

  it("logs each operation at debug level", async () => {
    const { store, lines } = observed();
    await store.get(["a"]);
    await store.close();
    await assert.rejects(store.commit({ writes: [] }));
    const time = "1970-01-01T00:00:00.000Z";
    const entry = { time, level: "debug", message: "store", duration_ms: 0 };
    assert.deepEqual(lines.map((line) => JSON.parse(line)), [
      { ...entry, operation: "get", ok: true },
      { ...entry, operation: "commit", ok: false },
    ]);
  });

  it("does not count an aborted operation as a failure", async () => {
    const { store, samples } = observed();
    await assert.rejects(store.get(["a"], { signal: AbortSignal.abort() }), { name: "AbortError" });
    assert.equal(samples().has('tern_store_errors_total{operation="get"}'), false);
  });
});
