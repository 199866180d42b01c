import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Generated, Piece } from "../../src/engine/generate.ts";
import { ServerMetrics } from "../../src/telemetry/server_metrics.ts";
import { watchGeneration } from "../../src/telemetry/watch_generation.ts";
import { parsePrometheus } from "./prometheus_lines.ts";
import { RecordingTracer } from "./recording_tracer.ts";

/** Watches a generation that takes 100 ms to read and 10 ms for each further piece. */
function watched({ told = 0, pieces = 3, fails = false } = {}) {
  const time = { now: 0 };
  async function* generate(): AsyncGenerator<Piece, Generated> {
    time.now += 90;
    for (let i = 0; i < told; i++) {
      yield { type: "text", text: "", tokens: [], prompt: [] };
      time.now += 20;
    }
    for (let i = 0; i < pieces; i++) {
      time.now += 10;
      yield { type: "text", text: "piece", tokens: [1] };
      if (fails) throw new Error("engine");
    }
    return { reason: "stop", tokens: Array(pieces).fill(1) };
  }
  const generation = generate();
  const metrics = new ServerMetrics();
  const tracer = new RecordingTracer();
  const watch = watchGeneration({ metrics: metrics.of("m"), tracer, now: () => time.now })(3);
  return {
    time,
    tracer,
    watch,
    step: () => watch.step(() => generation.next()),
    samples: () => parsePrometheus(metrics.registry.text()),
  };
}

/** Makes all steps, and ends the watch. */
async function run({ watch, step }: ReturnType<typeof watched>, onPiece = () => {}) {
  let pieces = 0;
  try {
    let next = await step();
    for (; !next.done; next = await step()) {
      pieces++;
      onPiece();
    }
    return { pieces, end: next.value };
  } finally {
    watch.end();
  }
}

describe("watchGeneration", () => {
  it("tells reading from writing, and leaves out the time in which nobody asks", async () => {
    const generation = watched();
    const { time, tracer, samples } = generation;
    const { pieces, end } = await run(generation, () => void (time.now += 5_000));
    assert.equal(pieces, 3);
    assert.deepEqual(end, { reason: "stop", tokens: [1, 1, 1] });
    assert.equal(samples().get('tern_prefill_seconds_sum{model="m"}'), 0.1);
    assert.equal(samples().get('tern_time_between_tokens_seconds_sum{model="m"}'), 0.01);
    assert.deepEqual(tracer.names, ["prefill", "decode"]);
    assert.deepEqual(tracer.spans[0]?.attributes, { "tern.tokens": 3 });
    assert.deepEqual(tracer.spans[1]?.attributes, {
      "tern.tokens": 3,
      "tern.finish_reason": "stop",
    });
  });

  it("takes what tells of the prompt for reading it", async () => {
    const generation = watched({ told: 2 });
    assert.equal((await run(generation)).pieces, 5);
    assert.equal(generation.samples().get('tern_prefill_seconds_sum{model="m"}'), 0.14);
    assert.equal(generation.samples().get('tern_time_between_tokens_seconds_sum{model="m"}'), 0.01);
  });

  it("measures no time between tokens where there is one", async () => {
    const generation = watched({ pieces: 1 });
    await run(generation);
    assert.equal(
      generation.samples().has('tern_time_between_tokens_seconds_count{model="m"}'),
      false,
    );
  });

  it("ends what it began when the engine fails", async () => {
    const generation = watched({ fails: true });
    await assert.rejects(run(generation), { message: "engine" });
    const [prefill, decode] = generation.tracer.spans;
    assert.equal(prefill?.error, undefined);
    assert.match(String(decode?.error), /engine/);
    assert(generation.tracer.spans.every(({ ends }) => ends > 0));
  });

  it("ends its span when the reader leaves", async () => {
    const { tracer, step, watch } = watched();
    await step();
    watch.end();
    assert(tracer.spans.every(({ ends, error }) => ends > 0 && error === undefined));
  });
});
