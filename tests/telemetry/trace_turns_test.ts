import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { traceTurns } from "../../src/telemetry/trace_turns.ts";
import type { TurnRequest } from "../../src/turn/turn.ts";
import { FakeChatService, type FakeScript } from "../api/fake_chat_service.ts";
import { RecordingTracer } from "./recording_tracer.ts";

function traced(script?: FakeScript) {
  const inner = new FakeChatService(script);
  const tracer = new RecordingTracer();
  const begin = traceTurns(tracer, inner.model)((request) => inner.begin(request));
  return { inner, tracer, begin };
}

const request = (): TurnRequest => ({
  tenant: "a",
  messages: [{ role: "user", text: "Hi" }],
  sampling: new FakeChatService().defaults,
  stop: [],
  maxTokens: 10,
  signal: new AbortController().signal,
});

describe("traceTurns", () => {
  it("records one span per turn, with token counts and without text", async () => {
    const { inner, tracer, begin } = traced();
    const { seed, events } = await begin(request());
    assert.equal(seed, 42);
    assert.equal(tracer.spans[0]?.ends, 0);
    const all = await Array.fromAsync(events);
    assert.deepEqual(all.map(({ type }) => type), ["text", "text", "text", "end"]);
    const [span, ...others] = tracer.spans;
    assert.deepEqual(others, []);
    assert.equal(span?.ends, 1);
    assert.deepEqual(span?.attributes, {
      "tern.model": inner.model,
      "tern.continued": false,
      "tern.tokens.prompt": 7,
      "tern.tokens.cached": 4,
      "tern.tokens.completion": 3,
      "tern.finish_reason": "stop",
    });
  });

  it("ends the span when the turn cannot start, fails, or is cancelled", async () => {
    const unable = traced({ beginError: new Error("no") });
    await assert.rejects(unable.begin(request()), { message: "no" });
    const failing = traced({ pieces: ["a"], streamError: new Error("engine") });
    await assert.rejects(Array.fromAsync((await failing.begin(request())).events));
    const left = traced();
    await (await left.begin(request())).events.return();
    assert.equal(left.inner.left, 1);
    for (const { tracer } of [unable, failing, left]) assert.equal(tracer.spans[0]?.ends, 1);
    assert(unable.tracer.spans[0]?.error && failing.tracer.spans[0]?.error);
    assert.equal(left.tracer.spans[0]?.error, undefined);
    assert.equal(left.tracer.spans[0]?.attributes["tern.cancelled"], true);
  });

  it("does not read ahead", async () => {
    const { inner, begin } = traced();
    await begin(request());
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(inner.pulls, 0);
  });
});
