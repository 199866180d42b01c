import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { RateLimitError, RateLimits } from "../../src/limits/rate_limits.ts";
import { TurnQueue } from "../../src/limits/turn_queue.ts";
import { queueTurns } from "../../src/turn/queue_turns.ts";
import type { TurnEvent, TurnRequest } from "../../src/turn/turn.ts";
import { FakeChatService, type FakeScript } from "../api/fake_chat_service.ts";

function queued(script?: FakeScript) {
  const inner = new FakeChatService(script);
  const queue = new TurnQueue({ running: 1, waiting: 1 }, () => 0);
  const begin = queueTurns(queue)((request) => inner.begin(request));
  return { inner, queue, begin };
}

const request = (signal = new AbortController().signal): TurnRequest => ({
  tenant: "a",
  messages: [{ role: "user", text: "Hi" }],
  sampling: new FakeChatService().defaults,
  stop: [],
  maxTokens: 10,
  signal,
});

describe("queueTurns", () => {
  it("passes on what the service says, and frees the place at the end", async () => {
    const { queue, begin } = queued();
    const { seed, events } = await begin(request());
    assert.equal(seed, 42);
    assert.equal(queue.running, 1);
    const all: TurnEvent[] = await Array.fromAsync(events);
    assert.deepEqual(all.map(({ type }) => type), ["text", "text", "text", "end"]);
    assert.equal(queue.running, 0);
  });

  it("asks the service only when there is a place", async () => {
    const { inner, begin } = queued();
    const first = await begin(request());
    const second = begin(request());
    await Promise.resolve();
    assert.equal(inner.requests.length, 1);
    await Array.fromAsync(first.events);
    await Array.fromAsync((await second).events);
    assert.equal(inner.requests.length, 2);
  });

  it("frees the place when the end event was read and no more", async () => {
    const { queue, begin } = queued({ pieces: [] });
    const { events } = await begin(request());
    assert.equal((await events.next()).value?.type, "end");
    assert.equal(queue.running, 0);
  });

  it("frees the place when the turn cannot begin, fails, or is cancelled", async () => {
    const unable = queued({ beginError: new Error("no such response") });
    await assert.rejects(unable.begin(request()), { message: "no such response" });
    assert.equal(unable.queue.running, 0);

    const failing = queued({ pieces: ["Hel"], streamError: new Error("engine") });
    const { events } = await failing.begin(request());
    await assert.rejects(Array.fromAsync(events), { message: "engine" });
    assert.equal(failing.queue.running, 0);

    const left = queued();
    await (await left.begin(request())).events.return();
    assert.equal(left.inner.left, 1);
    assert.equal(left.queue.running, 0);
  });

  it("takes no turn of a tenant who has no tokens left, and no place for it", async () => {
    const inner = new FakeChatService();
    const queue = new TurnQueue({ running: 1, waiting: 1 }, () => 0);
    const limits = new RateLimits({ requests: 0, tokens: 10 }, () => 0);
    const begin = queueTurns(queue, { limits })((request) => inner.begin(request));
    await (await begin(request())).events.return();
    limits.spendTokens("a", 10);
    await assert.rejects(begin(request()), RateLimitError);
    await (await begin({ ...request(), tenant: "b" })).events.return();
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
    const inner = new FakeChatService({ pieces });
    const begin = queueTurns(queue, {
      meter: {
        waited: (ms) => measured.push(["waited", ms]),
        answering: (ms) => measured.push(["answering", ms]),
      },
      now: () => now,
    })((request) => inner.begin(request));
    const release = await queue.enter("a", request().signal);
    const turn = begin(request());
    now = 5;
    release();
    await Array.fromAsync((await turn).events);
    assert.deepEqual(measured, [["waited", 5], ["answering", 15]]);
  });

  it("pulls nothing from the service before it is asked for", async () => {
    const { inner, begin } = queued();
    await begin(request());
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(inner.pulls, 0);
  });
});
