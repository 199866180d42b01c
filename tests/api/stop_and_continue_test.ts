import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { countedUsage, recountUsage } from "../../src/cleanup/recount.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import { errorOf } from "../error_of.ts";
import { Fuzz } from "../fuzz.ts";
import { harness, responseBody, settle } from "./harness.ts";

const PATH = "/v1/responses";
const hang = () => new Promise<string>(() => {});

/** A harness, and what tests of stopping do with it. */
function client(...args: Parameters<typeof harness>) {
  const served = harness(...args);
  const { app, post } = served;
  /** Streams a response up to its first text, and leaves. */
  const leave = async (fields: object = {}): Promise<{ readonly id: string; seen: string }> => {
    const reply = await post(PATH, responseBody({ stream: true, ...fields }));
    const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("output_text.delta")) text += (await reader.read()).value ?? "";
    await reader.cancel();
    for (let i = 0; i < 5; i++) await settle();
    const seen = [...text.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join("");
    return { id: /"id":"(resp_\w+)"/.exec(text)![1]!, seen };
  };
  const cancel = (id: string) => app.request(`${PATH}/${id}/cancel`, { method: "POST" });
  const get = async (path: string) => await (await app.request(path)).json();
  const say = async (fields: object) => {
    served.chat.script = { pieces: ["More."] };
    return await post(PATH, responseBody({ input: "Go on", ...fields }));
  };
  /** What the turn that was asked for last has read, besides what its state has. */
  const read = () => served.chat.request.messages.map(({ role, text }) => `${role}: ${text}`);
  return { ...served, leave, cancel, get, say, read };
}

const STOPPED = ["user: Hi", "assistant: Once upon", "user: Go on"];
const script = { pieces: ["Once", " upon", hang()] };

describe("a streamed response whose client has left", () => {
  it("can be cancelled, once and again", async () => {
    const { leave, cancel, get } = client({ script });
    const { id } = await leave();
    const reply = await cancel(id);
    const cancelled = await reply.json();
    assert.deepEqual([reply.status, cancelled.status], [200, "cancelled"]);
    assert.equal(cancelled.output[0].status, "incomplete");
    assert.match(cancelled.output[0].content[0].text, /^Once/);
    assert.deepEqual(await (await cancel(id)).json(), cancelled);
    assert.deepEqual(await get(`${PATH}/${id}`), cancelled);
  });

  for (const how of ["paused", "cancelled"] as const) {
    it(`is continued from what its client saw when it is ${how}`, async () => {
      const { leave, cancel, say, read, get } = client({ script });
      const { id } = await leave();
      if (how === "cancelled") await cancel(id);
      const next = await say({ previous_response_id: id });
      assert.equal(next.status, 200);
      assert.deepEqual(read(), STOPPED);
      assert.equal((await get(`${PATH}/${id}`)).status, "cancelled");
      const body = await next.json();
      assert.equal(body.previous_response_id, id);
      // What goes on from there needs nothing of it.
      const third = await say({ previous_response_id: body.id, input: "And?" });
      assert.equal(third.status, 200);
      assert.deepEqual(read(), ["user: And?"]);
    });

    it(`is what its conversation goes on from when it is ${how}`, async () => {
      const { leave, cancel, say, read, get, post } = client({ script });
      const items = [{ role: "user", content: "Before." }];
      const { id: conversation } = await (await post("/v1/conversations", { items })).json();
      const path = `/v1/conversations/${conversation}/items?order=asc`;
      const { id } = await leave({ conversation });
      if (how === "cancelled") {
        await cancel(id);
        const { data } = await get(path);
        assert.deepEqual(data.map((item: { role: string }) => item.role), [
          "user",
          "user",
          "assistant",
        ]);
        assert.equal(data[2].id, `msg_${id.slice("resp_".length)}`);
      }
      assert.equal((await say({ conversation })).status, 200);
      assert.deepEqual(read(), ["user: Before.", ...STOPPED]);
      const { data } = await get(path);
      const texts = data.map((item: { content: { text: string }[] }) => item.content[0]!.text);
      assert.deepEqual(texts, ["Before.", "Hi", "Once upon", "Go on", "More."]);
    });
  }

  it("is continued without being stored, too", async () => {
    const { leave, say, read } = client({ script });
    const { id } = await leave();
    assert.equal((await say({ previous_response_id: id, store: false })).status, 200);
    assert.deepEqual(read(), STOPPED);
  });

  it("counts as what it would be continued from, and is not ended by that", async () => {
    const { leave, post, runs, get } = client({ script });
    const { id } = await leave();
    const fields = { previous_response_id: id, input: "Go on" };
    const reply = await post(`${PATH}/input_tokens`, { model: "tern-test", ...fields });
    const said = STOPPED.join("").replaceAll(/(user|assistant): /g, "");
    assert.equal((await reply.json()).input_tokens, said.length);
    assert(await runs.isPaused("public", id));
    assert.notEqual((await get(`${PATH}/${id}`)).status, "cancelled");
  });

  it("is continued from its response before, whose state there is", async () => {
    const { leave, cancel, say, read, post, chat } = client({ script: { pieces: ["First."] } });
    const first = await (await post(PATH, responseBody())).json();
    chat.script = script;
    const { id } = await leave({ previous_response_id: first.id });
    await cancel(id);
    assert.equal((await say({ previous_response_id: id })).status, 200);
    assert.equal(chat.request.previous, first.id);
    assert.deepEqual(read(), STOPPED);
  });

  it("is continued from its request alone if it had no text", async () => {
    const { app, post, cancel, say, read, chat } = client({ script: { pieces: [hang()] } });
    const { id } = await (await post(PATH, responseBody({ background: true }))).json();
    while (chat.requests.length === 0) await settle();
    await cancel(id);
    assert.equal((await say({ previous_response_id: id })).status, 200);
    assert.deepEqual(read(), ["user: Hi", "user: Go on"]);
    assert.equal((await app.request(`${PATH}/${id}`)).status, 200);
  });

  it("counts for what is kept of it, and for nothing once it is deleted", async () => {
    const { leave, cancel, say, post, app, store } = client({ script });
    const { id: conversation } = await (await post("/v1/conversations", {})).json();
    const { id } = await leave({ conversation });
    await cancel(id);
    const next = await (await say({ conversation })).json();
    for (
      const path of [`/v1/conversations/${conversation}`, `${PATH}/${id}`, `${PATH}/${next.id}`]
    ) {
      await app.request(path, { method: "DELETE" });
    }
    const counted = await countedUsage(store, "public");
    assert.deepEqual(counted, await recountUsage(store, "public"));
    assert.deepEqual([counted.responses, counted.conversations], [0, 0]);
  });
});

describe("a conflict", () => {
  it("says when to try again, whatever it is", async () => {
    const { post, app } = client({ script: { pieces: ["a", hang()] }, graceMs: 10 });
    const { id: conversation } = await (await post("/v1/conversations", {})).json();
    const first = await post(PATH, responseBody({ conversation, stream: true }));
    const { id } = JSON.parse(
      /"response":(\{"id":"resp_\w+")/.exec(
        new TextDecoder().decode((await first.body!.getReader().read()).value),
      )![1] + "}",
    );
    const conflicts = [
      post(PATH, responseBody({ conversation })),
      post(PATH, responseBody({ conversation, stream: true })),
      post(PATH, responseBody({ previous_response_id: id })),
      post(`/v1/conversations/${conversation}/rewind`, { response_id: null }),
      post(`/v1/conversations/${conversation}/items`, {
        items: [{ role: "user", content: "x" }],
      }),
      app.request(`/v1/conversations/${conversation}/ingest`, {
        method: "POST",
        headers: { "content-type": "text/plain" },
        body: "A text.",
      }),
    ];
    for (const reply of await Promise.all(conflicts)) {
      assert.match(reply.headers.get("retry-after") ?? "", /^\d+$/);
      await errorOf(reply, 409);
    }
  });
});

const ROUNDS = 200;

for (
  const [name, open] of [
    ["memory", () => Promise.resolve(new MemoryStore())],
    ["SQLite", () => SqliteStore.open(":memory:")],
  ] as const
) {
  for (const by of ["previous_response_id", "conversation"] as const) {
    describe(`Stop, and sending again at once (${by}, ${name})`, () => {
      it("never is a conflict, and goes on from what was seen", async () => {
        const fuzz = new Fuzz(`stop ${by} ${name}`);
        const store = await open();
        /** Words that come one after the other, until nobody wants them. */
        const words = {
          *[Symbol.iterator]() {
            for (let i = 0; i < 200; i++) {
              const ms = fuzz.below(3);
              yield new Promise<string>((resolve) => setTimeout(() => resolve(`w${i} `), ms));
            }
          },
        };
        const { app, chat, responses, lines } = harness({ store });
        const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
        const origin = `http://127.0.0.1:${server.addr.port}`;
        const send = (path: string, body: object, signal?: AbortSignal) =>
          fetch(origin + path, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
            ...signal ? { signal } : {},
          });
        try {
          let place: object = {};
          if (by === "conversation") {
            place = { conversation: (await (await send("/v1/conversations", {})).json()).id };
          }
          for (let round = 0; round < ROUNDS; round++) {
            chat.script = { pieces: words };
            const stop = new AbortController();
            const reply = await send(PATH, responseBody({ ...place, stream: true }), stop.signal);
            assert.equal(reply.status, 200, `round ${round}`);
            const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
            let text = "";
            const chunks = 1 + fuzz.below(12);
            for (let read = 0; read < chunks || !text.includes("resp_"); read++) {
              text += (await reader.read()).value ?? "";
            }
            const id = /"id":"(resp_\w+)"/.exec(text)![1]!;
            const seen = [...text.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join(
              "",
            );
            reader.closed.catch(() => {});
            chat.script = { pieces: ["."] };
            // With or without a cancel, which is waited for or not, before or after the connection breaks.
            const [cancels, waits, first] = [fuzz.below(4) > 0, fuzz.below(2) > 0, fuzz.below(2)];
            if (first === 0) stop.abort();
            const cancelled = cancels ? send(`${PATH}/${id}/cancel`, {}) : undefined;
            if (first === 1) stop.abort();
            if (waits) assert.equal((await cancelled)?.status ?? 200, 200);
            const pause = fuzz.below(4);
            if (pause > 1) await new Promise((resolve) => setTimeout(resolve, pause));
            if (by === "previous_response_id") place = { previous_response_id: id };
            const stream = fuzz.below(2) === 1;
            const next = await send(PATH, responseBody({ ...place, input: "again", stream }));
            const body = await next.text();
            assert.equal(next.status, 200, `round ${round}: ${body}`);
            assert.doesNotMatch(body, /event: error/);
            const asked = chat.requests.find(({ storeAs }) => body.includes(`"id":"${storeAs}"`));
            const said = asked!.messages.findLast(({ role }) => role === "assistant")?.text ?? "";
            // What came to its end before it was stopped is in a state, and not read again.
            const whole = asked!.messages.length === 1;
            assert(whole || said.startsWith(seen), `round ${round}: ${seen} and then ${said}`);
            await (await cancelled)?.body?.cancel();
            if (by === "previous_response_id") {
              place = { previous_response_id: /"id":"(resp_\w+)"/.exec(body)![1]! };
            }
          }
          const failures = lines.map((line) => JSON.parse(line)).filter(({ level }) =>
            level === "error"
          );
          assert.deepEqual(failures, []);
        } finally {
          await responses.close();
          await server.shutdown();
          await store.close();
        }
      });
    });
  }
}
