import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { QueuedChatService } from "../../src/turn/queued_chat_service.ts";
import { TurnQueue } from "../../src/limits/turn_queue.ts";
import { RateLimitError, RateLimits } from "../../src/limits/rate_limits.ts";
import type { TurnEvent, TurnRequest } from "../../src/turn/turn.ts";
import { FakeChatService, type FakeScript } from "../api/fake_chat_service.ts";

function queued(script?: FakeScript) {
  const inner = new FakeChatService(script);
  const queue = new TurnQueue({ running: 1, waiting: 1 }, () => 0);
  return { inner, queue, service: new QueuedChatService(inner, queue) };
}

const request = (signal = new AbortController().signal): TurnRequest => ({
  tenant: "a",
  messages: [{ role: "user", text: "Hi" }],
  sampling: new FakeChatService().defaults,
  stop: [],
  maxTokens: 10,
  signal,
});

describe("QueuedChatService", () => {
  it("passes on what the service says, and frees the place at the end", async () => {
    const { inner, queue, service } = queued();
    const { seed, events } = await service.begin(request());
    assert.equal(seed, 42);
    assert.equal(queue.running, 1);
    const all: TurnEvent[] = await Array.fromAsync(events);
    assert.deepEqual(all.map(({ type }) => type), ["text", "text", "text", "end"]);
    assert.equal(queue.running, 0);
    assert.deepEqual(service.defaults, inner.defaults);
    assert.equal(service.model, inner.model);
  });

  it("asks the service only when there is a place", async () => {
    const { inner, service } = queued();
    const first = await service.begin(request());
    const second = service.begin(request());
    await Promise.resolve();
    assert.equal(inner.requests.length, 1);
    await Array.fromAsync(first.events);
    await Array.fromAsync((await second).events);
    assert.equal(inner.requests.length, 2);
  });

  it("frees the place when the end event was read and no more", async () => {
    const { queue, service } = queued({ pieces: [] });
    const reader = (await service.begin(request())).events.getReader();
    assert.equal((await reader.read()).value?.type, "end");
    assert.equal(queue.running, 0);
  });

  it("frees the place when the turn cannot begin, fails, or is cancelled", async () => {
    const unable = queued({ beginError: new Error("no such response") });
    await assert.rejects(unable.service.begin(request()), { message: "no such response" });
    assert.equal(unable.queue.running, 0);

    const failing = queued({ pieces: ["Hel"], streamError: new Error("engine") });
    const { events } = await failing.service.begin(request());
    await assert.rejects(Array.fromAsync(events), { message: "engine" });
    assert.equal(failing.queue.running, 0);

    const left = queued();
    await (await left.service.begin(request())).events.cancel("client left");
    assert.deepEqual(left.inner.cancelled, ["client left"]);
    assert.equal(left.queue.running, 0);
  });

  it("takes no turn of a tenant who has no tokens left, and no place for it", async () => {
    const inner = new FakeChatService();
    const queue = new TurnQueue({ running: 1, waiting: 1 }, () => 0);
    const limits = new RateLimits({ requests: 0, tokens: 10 }, () => 0);
    const service = new QueuedChatService(inner, queue, { limits });
    await (await service.begin(request())).events.cancel();
    limits.spendTokens("a", 10);
    await assert.rejects(service.begin(request()), RateLimitError);
    await (await service.begin({ ...request(), tenant: "b" })).events.cancel();
    assert.equal(inner.requests.length, 2);
    assert.equal(queue.running, 0);
  });

  it("measures how long a turn waited, and how long its first text took", async () => {
    let now = 0;
    const measured: (readonly [string, number])[] = [];
    const pieces = (function* () {
      now += 10;
      yield "one";
      now += 10;
      yield "two";
    })();
    const queue = new TurnQueue({ running: 1, waiting: 1 }, () => now);
    const service = new QueuedChatService(new FakeChatService({ pieces }), queue, {
      meter: {
        waited: (ms) => measured.push(["waited", ms]),
        answering: (ms) => measured.push(["answering", ms]),
      },
      now: () => now,
    });
    const release = await queue.enter("a", request().signal);
    const turn = service.begin(request());
    now = 5;
    release();
    await Array.fromAsync((await turn).events);
    assert.deepEqual(measured, [["waited", 5], ["answering", 15]]);
  });

  it("pulls nothing from the service before it is asked for", async () => {
    const { inner, service } = queued();
    await service.begin(request());
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(inner.pulls, 0);
  });
});
