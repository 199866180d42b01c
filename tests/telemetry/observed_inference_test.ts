import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Generated, GenerateOptions, Piece } from "../../src/engine/generate.ts";
import type { Inference } from "../../src/engine/inference.ts";
import { ObservedInference } from "../../src/telemetry/observed_inference.ts";
import { ServerMetrics } from "../../src/telemetry/server_metrics.ts";
import { parsePrometheus } from "./prometheus_lines.ts";
import { RecordingTracer } from "./recording_tracer.ts";

const options: GenerateOptions = {
  prompt: [1, 2, 3],
  sampling: {
    temperature: 1,
    topP: 1,
    topK: 0,
    presencePenalty: 0,
    frequencyPenalty: 0,
    penaltyDecay: 1,
    seed: 1,
  },
  endOfText: 0,
  stop: [],
  maxTokens: 10,
  signal: new AbortController().signal,
};

/** An inference that takes 100 ms to read and 10 ms for each further piece. */
function observed({ told = 0, pieces = 3, fails = false } = {}) {
  const time = { now: 0 };
  let returned = false;
  async function* generate(): AsyncGenerator<Piece, Generated> {
    try {
      time.now += 90;
      for (let i = 0; i < told; i++) {
        yield { text: "", tokens: [], prompt: [] };
        time.now += 20;
      }
      for (let i = 0; i < pieces; i++) {
        time.now += 10;
        yield { text: "piece", tokens: [1] };
        if (fails) throw new Error("engine");
      }
      return { reason: "stop", tokens: Array(pieces).fill(1) };
    } finally {
      returned = true;
    }
  }
  const inner = { open: () => ({ generate, close() {} }) } as unknown as Inference;
  const metrics = new ServerMetrics();
  const tracer = new RecordingTracer();
  const inference = new ObservedInference(inner, { metrics, tracer, now: () => time.now });
  return {
    time,
    tracer,
    generation: inference.open().generate(options),
    samples: () => parsePrometheus(metrics.registry.text()),
    isReturned: () => returned,
  };
}

describe("ObservedInference", () => {
  it("tells reading from writing, and leaves out the time in which nobody asks", async () => {
    const { time, tracer, generation, samples } = observed();
    const texts: string[] = [];
    let step = await generation.next();
    for (; !step.done; step = await generation.next()) {
      texts.push(step.value.text);
      time.now += 5_000;
    }
    assert.deepEqual(texts, ["piece", "piece", "piece"]);
    assert.deepEqual(step.value, { reason: "stop", tokens: [1, 1, 1] });
    assert.equal(samples().get("tern_prefill_seconds_sum"), 0.1);
    assert.equal(samples().get("tern_time_between_tokens_seconds_sum"), 0.01);
    assert.deepEqual(tracer.names, ["prefill", "decode"]);
    assert.deepEqual(tracer.spans[0]?.attributes, { "tern.tokens": 3 });
    assert.deepEqual(tracer.spans[1]?.attributes, {
      "tern.tokens": 3,
      "tern.finish_reason": "stop",
    });
  });

  it("takes what tells of the prompt for reading it", async () => {
    const { generation, samples } = observed({ told: 2 });
    assert.equal((await Array.fromAsync(generation)).length, 5);
    assert.equal(samples().get("tern_prefill_seconds_sum"), 0.14);
    assert.equal(samples().get("tern_time_between_tokens_seconds_sum"), 0.01);
  });

  it("measures no time between tokens where there is one", async () => {
    const { generation, samples } = observed({ pieces: 1 });
    for await (const _ of generation);
    assert.equal(samples().has("tern_time_between_tokens_seconds_count"), false);
  });

  it("ends what it began when the engine fails", async () => {
    const { generation, tracer } = observed({ fails: true });
    await assert.rejects(Array.fromAsync(generation), { message: "engine" });
    const [prefill, decode] = tracer.spans;
    assert.equal(prefill?.error, undefined);
    assert.match(String(decode?.error), /engine/);
    assert(tracer.spans.every(({ ends }) => ends > 0));
  });

  it("ends the generation when its reader leaves", async () => {
    const { generation, tracer, isReturned } = observed();
    await generation.next();
    await generation.return({ reason: "stop", tokens: [] });
    assert(isReturned());
    assert(tracer.spans.every(({ ends, error }) => ends > 0 && error === undefined));
  });
});
