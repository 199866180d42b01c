import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { harness, responseBody } from "./harness.ts";

describe("a real EventSource", () => {
  it("gets every event of a response once, though its connection breaks again and again, and stops", async () => {
    const { app, post } = harness({ script: { pieces: ["a", "b", "c", "d"] } });
    const made = await (await post("/v1/responses", responseBody({ stream: true }))).text();
    const id = /"id":"(resp_\w+)"/.exec(made)![1];
    const numbers = [...made.matchAll(/^id: (\d+)$/mg)].map(([, number]) => Number(number));
    const statuses: number[] = [];
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const reply = await app.fetch(request);
        statuses.push(reply.status);
        if (reply.body === null) return reply;
        // Each connection breaks after four chunks: what tells when to come back, and three events.
        let chunks = 0;
        const cut = reply.body.pipeThrough(
          new TransformStream({
            transform(chunk, controller) {
              controller.enqueue(chunk);
              if (++chunks === 4) controller.terminate();
            },
          }),
        );
        return new Response(cut, reply);
      },
    );
    const url = `http://127.0.0.1:${server.addr.port}/v1/responses/${id}?stream=true`;
    const source = new EventSource(url);
    const events: number[] = [];
    const types = new Set([...made.matchAll(/^event: (.*)$/mg)].map(([, type]) => type!));
    for (const type of types) {
      source.addEventListener(type, ({ data }) => events.push(JSON.parse(data).sequence_number));
    }
    const closed = Promise.withResolvers<void>();
    source.onerror = () => source.readyState === EventSource.CLOSED && closed.resolve();
    await closed.promise;
    await server.shutdown();
    assert.deepEqual(events, numbers);
    assert(statuses.length > 3);
    assert.deepEqual(statuses.slice(0, -1), Array(statuses.length - 1).fill(200));
    assert.equal(statuses.at(-1), 204);
  });
});
