import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { QueuedChatService } from "../../src/chat/queued_chat_service.ts";
import { TurnQueue } from "../../src/chat/turn_queue.ts";
import type { TurnEvent, TurnRequest } from "../../src/chat/turn.ts";
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

  it("pulls nothing from the service before it is asked for", async () => {
    const { inner, service } = queued();
    await service.begin(request());
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(inner.pulls, 0);
  });
});
