import { describe, it } from "@std/testing/bdd";
import { FakeTime } from "@std/testing/time";
import assert from "node:assert/strict";
import { RateLimitError } from "../../src/limits/rate_limits.ts";
import { TurnQueueFullError } from "../../src/limits/turn_queue.ts";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { chatBody, harness, responseBody, settle } from "./harness.ts";

const completionBody = (fields: object) => ({ model: "tern-test", prompt: "Hi", ...fields });

const ROUTES = [
  ["/v1/chat/completions", chatBody({ stream: true })],
  ["/v1/completions", completionBody({ stream: true })],
  ["/v1/responses", responseBody({ stream: true })],
  ["/v1/responses", responseBody({ stream: true, store: false })],
] as const;

const COMMENT = ": heartbeat\n\n";

async function read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> {
  const { value } = await reader.read();
  return value && new TextDecoder().decode(value);
}

for (const [path, body] of ROUTES) {
  const name = `${path}${"store" in body ? ", not stored" : ""}`;

  describe(`a stream of ${name} that waits for a place`, () => {
    it("begins at once, and is what it would be else", async () => {
      const place = Promise.withResolvers<void>();
      const { post } = harness({ script: { place: place.promise, pieces: ["a", "b"] } });
      const reply = await post(path, body);
      assert.equal(reply.status, 200);
      assert.match(reply.headers.get("content-type") ?? "", /^text\/event-stream/);
      place.resolve();
      const other = await harness({ script: { pieces: ["a", "b"] } }).post(path, body);
      assert.equal(await reply.text(), await other.text());
    });

    it("has a comment for each 15 s of silence, and none once its client left", async () => {
      using time = new FakeTime();
      const never = new Promise(() => {});
      const { post, chat, lines } = harness({ script: { place: never }, heartbeatMs: 15_000 });
      const reader = (await post(path, body)).body!.getReader();
      let comments = 0;
      for (let seconds = 0; seconds < 60; seconds++) {
        const text = read(reader);
        await time.runMicrotasks();
        // What the format begins with, whatever comes, is no silence.
        while (time.next()) await time.runMicrotasks();
        if (await text === COMMENT && ++comments === 3) break;
      }
      assert.equal(comments, 3);
      const reading = reader.read();
      await time.runMicrotasks();
      await reader.cancel();
      await reading;
      await time.runMicrotasks();
      assert(chat.request.signal.aborted);
      assert.equal(time.next(), false, "a timer is left");
      assert.equal(JSON.parse(lines.at(-1) ?? "{}").end, "cancelled");
    });

    it("tells as an event what goes wrong after that, and logs it as failed", async () => {
      const place = Promise.withResolvers<void>();
      const beginError = new TurnQueueFullError(3);
      const { post, lines } = harness({ script: { place: place.promise, beginError } });
      const reply = await post(path, body);
      assert.equal(reply.status, 200);
      place.resolve();
      const events = await Array.fromAsync(
        reply.body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()),
      );
      const told = events.map(({ data }) => data).filter((data) => data !== "[DONE]")
        .map((data) => JSON.parse(data)).find(({ error }) => error);
      assert.equal(told.error.code, "queue_full");
      if (path === "/v1/responses") {
        assert.deepEqual(events.map(({ event }) => event), [
          "response.created",
          "response.in_progress",
          "error",
          "response.failed",
          undefined,
        ]);
      }
      await settle();
      const { status, end } = JSON.parse(lines.at(-1) ?? "{}");
      assert.deepEqual([status, end], [200, "failed"]);
    });

    it("is given up when its request is aborted", async () => {
      const request = new AbortController();
      const { post, lines } = harness({ script: { place: new Promise(() => {}) } });
      const reply = await post(path, body, { signal: request.signal });
      const text = reply.text().catch(() => {});
      request.abort();
      await Promise.race([text, settle().then(settle)]);
      await settle();
      assert.equal(lines.length, 1);
      assert.equal(JSON.parse(lines[0]!).end, "cancelled");
    });
  });

  describe(`a stream of ${name}`, () => {
    for (
      const [error, status] of [
        [new TurnQueueFullError(3), 429],
        [new RateLimitError("tokens", 10, 1_500), 429],
        [new Error("a fault"), 500],
      ] as const
    ) {
      it(`is refused with ${status} where ${error.name} is known at once`, async () => {
        const { post } = harness({ script: { beginError: error } });
        const reply = await post(path, body);
        assert.equal(reply.status, status);
        assert.match(reply.headers.get("content-type") ?? "", /^application\/json/);
        if (status === 429) assert.match(reply.headers.get("retry-after") ?? "", /^\d+$/);
        await reply.body?.cancel();
      });
    }

    it("has comments while its text lets itself be waited for", async () => {
      const { promise } = Promise.withResolvers<string>();
      const { post } = harness({ script: { pieces: ["a", promise] }, heartbeatMs: 5 });
      const reader = (await post(path, body)).body!.getReader();
      for (let at = 0; await read(reader) !== COMMENT; at++) assert(at < 100);
      await reader.cancel();
    });
  });
}

describe("a response that waits for its conversation", () => {
  it("streams before it begins, and tells nothing of itself until it is stored", async () => {
    const gate = Promise.withResolvers<string>();
    const { app, post, chat } = harness({ script: { pieces: [gate.promise] }, heartbeatMs: 5 });
    const { id: conversation } = await (await post("/v1/conversations", {})).json();
    const body = responseBody({ stream: true, conversation });
    const first = await post("/v1/responses", body);
    chat.script = { pieces: ["second"] };
    const second = await post("/v1/responses", body, {
      headers: { "content-type": "application/json", prefer: "wait=30" },
    });
    assert.equal(second.status, 200);
    const reader = second.body!.getReader();
    for (let i = 0; i < 3; i++) assert.equal(await read(reader), COMMENT);
    gate.resolve("first");
    await first.text();
    let text = "";
    for (let chunk = await read(reader); chunk !== undefined; chunk = await read(reader)) {
      text += chunk;
    }
    assert.match(text, /response\.created[^]*second[^]*response\.completed[^]*\[DONE\]/);
    const items = await (await app.request(`/v1/conversations/${conversation}/items`)).json();
    assert.equal(items.data.length, 4);
  });

  it("ends with the error if it has waited in vain", async () => {
    const { post } = harness({ script: { pieces: [new Promise<string>(() => {})] } });
    const { id: conversation } = await (await post("/v1/conversations", {})).json();
    const body = responseBody({ stream: true, conversation });
    const first = await post("/v1/responses", body);
    const second = await post("/v1/responses", body, {
      headers: { "content-type": "application/json", prefer: "wait=1" },
    });
    assert.equal(second.status, 200);
    assert.match(await second.text(), /event: error\ndata: .*"code":"conversation_busy"/);
    await first.body!.cancel();
  });
});

describe("a browser's EventSource", () => {
  const ACCEPT = { accept: "text/event-stream" };
  const made = async (fields: object = {}) => {
    const served = harness({ script: { pieces: ["a", "b", "c"] } });
    const text =
      await (await served.post("/v1/responses", responseBody({ stream: true, ...fields })))
        .text();
    const frames = text.split(/(?<=\n\n)/);
    const id = /"id":"(resp_\w+)"/.exec(text)![1];
    const get = (headers: HeadersInit, query = "?stream=true") =>
      served.app.request(`/v1/responses/${id}${query}`, { headers });
    return { ...served, frames, get };
  };

  it("gets the number of each event as its id, and a time after which to come back", async () => {
    const { frames, get } = await made();
    const text = await (await get(ACCEPT)).text();
    assert.equal(text, `retry: 1000\n\n${frames.join("")}`);
    for (const [index, frame] of frames.slice(0, -1).entries()) {
      assert.match(frame, new RegExp(`^id: ${index}\n[^]*"sequence_number":${index},`));
    }
    assert.equal(frames.at(-1), "data: [DONE]\n\n");
    assert.equal(await (await get({})).text(), frames.join(""), "others are not told");
  });

  it("gets what comes after what it has, wherever it was cut off", async () => {
    const { frames, get } = await made();
    const last = frames.length - 2;
    for (let id = 0; id < last; id++) {
      const reply = await get({ "last-event-id": `${id}` });
      assert.equal(await reply.text(), frames.slice(id + 1).join(""), `after ${id}`);
      // It keeps its URL when it comes back.
      const again = await get({ "last-event-id": `${id}` }, "?stream=true&starting_after=0");
      assert.equal(await again.text(), frames.slice(id + 1).join(""), `after ${id}`);
    }
    for (const id of [last, last + 1]) {
      const reply = await get({ ...ACCEPT, "last-event-id": `${id}` });
      assert.deepEqual([reply.status, await reply.text()], [204, ""]);
    }
    assert.equal((await get({ "last-event-id": "" })).status, 200);
    const wrong = await get({ "last-event-id": "x" });
    assert.deepEqual([wrong.status, (await wrong.json()).error.param], [400, "Last-Event-ID"]);
  });

  it("is not sent away from a response that is not over", async () => {
    const gate = Promise.withResolvers<string>();
    const { app, post } = harness({ script: { pieces: ["a", gate.promise] } });
    const first = await post("/v1/responses", responseBody({ stream: true }));
    const reader = first.body!.getReader();
    let text = "";
    while (!text.includes("delta")) text += await read(reader);
    const id = /"id":"(resp_\w+)"/.exec(text)![1];
    const number = [...text.matchAll(/^id: (\d+)$/mg)].at(-1)![1]!;
    const reply = await app.request(`/v1/responses/${id}?stream=true`, {
      headers: { "last-event-id": number },
    });
    assert.equal(reply.status, 200);
    gate.resolve("b");
    assert.match(await reply.text(), new RegExp(`^id: ${Number(number) + 1}\n`));
    await reader.cancel();
  });
});

describe("the progress of a prompt", () => {
  const progress = [5, 9].map((processed) => (
    { type: "progress", total: 9, cached: 4, processed, ms: 1.6 } as const
  ));
  const TOLD = [5, 9].map((processed) => ({ total: 9, cache: 4, processed, time_ms: 2 }));

  for (const [path, body] of ROUTES) {
    it(`is told before the text, to who asks for it: ${path} ${JSON.stringify(body)}`, async () => {
      const told = async (fields: object) => {
        const { post, app } = harness({ script: { progress, pieces: ["a"] } });
        const reply = await post(path, { ...body, ...fields });
        const events = await Array.fromAsync(
          reply.body!.pipeThrough(new TextDecoderStream()).pipeThrough(
            new EventSourceParserStream(),
          ),
        );
        const chunks = events.map(({ data }) => data).filter((data) => data !== "[DONE]")
          .map((data) => JSON.parse(data));
        return { app, chunks, events };
      };
      const { chunks, events, app } = await told({ return_progress: true });
      const at = chunks.flatMap(({ prompt_progress }, index) => prompt_progress ? [index] : []);
      assert.deepEqual(at.map((index) => chunks[index].prompt_progress), TOLD);
      const plain = await told({});
      const rest = chunks.filter((_, index) => !at.includes(index));
      assert.deepEqual(rest, plain.chunks, "all else is the same");
      assert.deepEqual((await told({ return_progress: false })).chunks, plain.chunks);
      if (path !== "/v1/responses") {
        const { choices } = chunks[at[0]!];
        assert.deepEqual([choices.length, choices[0].finish_reason], [1, null]);
        return;
      }
      assert.equal(events[at[0]!]!.event, "tern.prompt_progress");
      if ("store" in body) return;
      // It is no part of the response, which is the same whenever it is shown.
      const again = await app.request(`/v1/responses/${chunks[0].response.id}?stream=true`);
      assert.doesNotMatch(await again.text(), /prompt_progress/);
    });
  }

  it("asks for nothing where nothing is streamed", async () => {
    for (const [path, body] of ROUTES) {
      const { post } = harness({ script: { progress, pieces: ["a"] } });
      const reply = await post(path, { ...body, stream: false, return_progress: true });
      assert.equal(reply.status, 200, await reply.text());
    }
  });
});
