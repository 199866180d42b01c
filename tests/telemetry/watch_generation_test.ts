import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Generated, Piece } from "../../src/engine/generate.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { ServerMetrics } from "../../src/telemetry/server_metrics.ts";
import { watchGeneration } from "../../src/telemetry/watch_generation.ts";
import { parsePrometheus } from "./prometheus_lines.ts";
import { RecordingTracer } from "./recording_tracer.ts";

/**
 * Watches a generation whose prefill takes 100 ms, plus 20 ms for each piece with log probabilities of the prompt, and
 * each further piece 10 ms.
 */
function watched({ promptPieces = 0, pieces = 3, fails = false } = {}) {
  const time = { now: 0 };
  async function* generate(): AsyncGenerator<Piece, Generated> {
    time.now += 90;
    for (let i = 0; i < promptPieces; i++) {
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
  const lines: string[] = [];
  const log = createLogger({ level: "debug", sink: (line) => lines.push(line), now: () => 0 });
  const watch = watchGeneration({ metrics: metrics.of("m"), tracer, log, now: () => time.now })(3);
  return {
    time,
    tracer,
    watch,
    /** The log entries, without time and level. */
    entries: () =>
      lines.map((line) => ({ ...JSON.parse(line), time: undefined, level: undefined })),
    step: () => watch.step(() => generation.next()),
    samples: () => parsePrometheus(metrics.registry.text()),
  };
}

/** Runs all steps and ends the watch. */
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
  it("separates prefill from decoding, and excludes the time between steps", async () => {
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

  it("counts pieces with log probabilities of the prompt as prefill", async () => {
    const generation = watched({ promptPieces: 2 });
    assert.equal((await run(generation)).pieces, 5);
    assert.equal(generation.samples().get('tern_prefill_seconds_sum{model="m"}'), 0.14);
    assert.equal(generation.samples().get('tern_time_between_tokens_seconds_sum{model="m"}'), 0.01);
  });

  it("records no time between tokens for a single token", async () => {
    const generation = watched({ pieces: 1 });
    await run(generation);
    assert.equal(
      generation.samples().has('tern_time_between_tokens_seconds_count{model="m"}'),
      false,
    );
  });

  it("logs a debug entry per generation, complete or not", async () => {
    const common = { time: undefined, level: undefined, prompt_tokens: 3, prefill_ms: 100 };
    const complete = watched();
    await run(complete);
    assert.deepEqual(complete.entries(), [{
      ...common,
      message: "generation",
      decode_ms: 20,
      tokens: 3,
      finish_reason: "stop",
    }]);
    const left = watched();
    await left.step();
    left.watch.end();
    assert.deepEqual(left.entries(), [{ ...common, message: "generation cut off", decode_ms: 0 }]);
  });

  it("ends its spans when the engine fails", async () => {
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
