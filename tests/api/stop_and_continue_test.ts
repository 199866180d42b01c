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

  it("stays paused when its input is listed, or it is referred to", async () => {
    const { leave, get, post, runs } = client({ script });
    const { id } = await leave();
    assert.equal((await get(`${PATH}/${id}/input_items`)).data.length, 1);
    const reference = { type: "item_reference", id: `msg_${id.slice("resp_".length)}` };
    await errorOf(await post(PATH, responseBody({ input: [reference] })), 404);
    assert(await runs.isPaused("public", id));
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

const texts = ({ data }: { data: { content: { text: string }[] }[] }) =>
  data.map(({ content }) => content[0]!.text);

describe("a conversation with a stopped response", () => {
  const BEFORE = ["Before.", "Hello, world"];
  const SAID = [...BEFORE, "Hi", "Once upon"];

  /** A conversation with an answer, and a response after it that was stopped. */
  async function stopped(how: "paused" | "cancelled" | "continued") {
    const served = client({ graceMs: 20 });
    const { post, leave, cancel, chat, get, say } = served;
    const { id: conversation } = await (await post("/v1/conversations", {})).json();
    const whole = responseBody({ conversation, input: "Before." });
    const { id: first } = await (await post(PATH, whole)).json();
    chat.script = script;
    const { id } = await leave({ conversation });
    if (how !== "paused") await cancel(id);
    if (how === "continued") assert.equal((await say({ conversation })).status, 200);
    const at = `/v1/conversations/${conversation}`;
    const items = async (of = conversation) =>
      texts(await get(`/v1/conversations/${of}/items?order=asc&limit=100`));
    return { ...served, conversation, first, id, at, items };
  }

  for (const how of ["paused", "cancelled", "continued"] as const) {
    it(`is forked at one that is ${how}, and goes on from what was seen`, async () => {
      const { post, at, id, first, items, say, read, chat, get, runs, leave } = await stopped(how);
      const before = await items();
      const reply = await post(`${at}/fork`, { response_id: id });
      assert.equal(reply.status, 200);
      const fork = await reply.json();
      assert.deepEqual(await items(fork.id), SAID);
      assert.deepEqual(await items(), before, "the fork changes nothing of its parent");
      assert.equal(await runs.isPaused("public", id), how === "paused");
      assert.equal((await say({ conversation: fork.id })).status, 200);
      assert.equal(chat.request.previous, first);
      assert.deepEqual(read(), STOPPED);
      // What was said before the fork can be named in the fork, too.
      const again = await post(`/v1/conversations/${fork.id}/rewind`, { response_id: id });
      assert.equal(again.status, 200);
      assert.deepEqual(await items(fork.id), SAID);
      // What was said in its parent afterwards cannot.
      chat.script = script;
      const { id: later } = await leave({ conversation: fork.id });
      assert.equal((await post(`${at}/fork`, { response_id: later })).status, 404);
      assert.equal((await post(`${at}/rewind`, { response_id: later })).status, 404);
      assert(await runs.isPaused("public", later), "it is not ended by who may not name it");
      assert.equal((await get(`${PATH}/${first}`)).status, "completed");
    });

    it(`is rewound to one that is ${how}, and goes on from what was seen`, async () => {
      const { post, at, id, first, items, say, read, chat, get, conversation } = await stopped(how);
      assert.equal((await post(`${at}/rewind`, { response_id: id })).status, 200);
      assert.deepEqual(await items(), SAID);
      assert.equal((await get(`${PATH}/${id}`)).status, "cancelled");
      assert.equal((await say({ conversation })).status, 200);
      assert.equal(chat.request.previous, first);
      assert.deepEqual(read(), STOPPED);
      // To and fro, whatever it was rewound to.
      for (const [response_id, said] of [[null, []], [id, SAID], [first, BEFORE], [id, SAID]]) {
        assert.equal((await post(`${at}/rewind`, { response_id })).status, 200);
        assert.deepEqual(await items(), said);
      }
      const other = await (await post("/v1/conversations", {})).json();
      for (const what of ["fork", "rewind"]) {
        const path = `/v1/conversations/${other.id}/${what}`;
        await errorOf(await post(path, { response_id: id }), 404);
      }
    });
  }

  it("keeps what a branch that was deleted is needed for", async () => {
    const { post, app, at, id, first, items } = await stopped("cancelled");
    assert.equal((await post(`${at}/rewind`, { response_id: null })).status, 200);
    const deleted = await app.request(`${at}/branches/${first}`, { method: "DELETE" });
    assert.equal(deleted.status, 200);
    assert.equal((await post(`${at}/rewind`, { response_id: id })).status, 200);
    assert.deepEqual(await items(), SAID);
  });

  it("counts for what it keeps, and for nothing once all is deleted", async () => {
    const { post, app, at, id, first, store, conversation } = await stopped("cancelled");
    const fork = await (await post(`${at}/fork`, { response_id: id })).json();
    await post(`${at}/rewind`, { response_id: id });
    assert.deepEqual(await countedUsage(store, "public"), await recountUsage(store, "public"));
    for (
      const path of [
        `/v1/conversations/${fork.id}`,
        `/v1/conversations/${conversation}`,
        `${PATH}/${id}`,
        `${PATH}/${first}`,
      ]
    ) await app.request(path, { method: "DELETE" });
    const counted = await countedUsage(store, "public");
    assert.deepEqual(counted, await recountUsage(store, "public"));
    assert.deepEqual([counted.responses, counted.conversations], [0, 0]);
  });

  it("cannot go on from one that failed, or is still being made", async () => {
    const { post, at, chat, get, id } = await stopped("cancelled");
    const conversation = at.slice("/v1/conversations/".length);
    const broken = Promise.reject(new Error("broken"));
    // Nobody may have asked for it before it is looked for as unhandled.
    broken.catch(() => {});
    chat.script = { pieces: [broken] };
    const background = responseBody({ conversation, background: true });
    const { id: failed } = await (await post(PATH, background)).json();
    while ((await get(`${PATH}/${failed}`)).status !== "failed") await settle();
    for (const what of ["fork", "rewind"]) {
      const error = await errorOf(await post(`${at}/${what}`, { response_id: failed }), 400);
      assert.deepEqual([error.param, error.code], ["response_id", "response_not_continuable"]);
    }
    chat.script = script;
    const { id: running } = await (await post(PATH, background)).json();
    for (const what of ["fork", "rewind"]) {
      const reply = await post(`${at}/${what}`, { response_id: running });
      assert.match(reply.headers.get("retry-after") ?? "", /^\d+$/);
      await errorOf(reply, 409);
    }
    // A fork at another needs not wait for it.
    assert.equal((await post(`${at}/fork`, { response_id: id })).status, 200);
  });

  for (const how of ["paused", "cancelled"] as const) {
    it(`is compacted and answered in chat completions from one that is ${how}`, async () => {
      const { post, id, first, read, chat, conversation } = await stopped(how);
      chat.script = { pieces: ["More."] };
      const compacted = await post(`${PATH}/compact`, {
        model: "tern-test",
        previous_response_id: id,
      });
      assert.equal(compacted.status, 200);
      assert.equal(chat.request.previous, first);
      assert.deepEqual(read(), STOPPED.slice(0, 2));
      assert.equal(
        (await post(`/v1/conversations/${conversation}/rewind`, { response_id: id })).status,
        200,
      );
      const completion = await post("/v1/chat/completions", {
        model: "tern-test",
        conversation,
        messages: [{ role: "user", content: "Go on" }],
      });
      assert.equal(completion.status, 200);
      assert.deepEqual(read(), STOPPED);
    });
  }

  it("goes back to one that came to its limit as to any other", async () => {
    const { post, at, chat, items, say } = await stopped("cancelled");
    const conversation = at.slice("/v1/conversations/".length);
    chat.script = { pieces: ["Cut"], reason: "length" };
    const reply = await post(PATH, responseBody({ conversation, input: "Long" }));
    const { id, status } = await reply.json();
    assert.equal(status, "incomplete");
    assert.equal((await say({ conversation })).status, 200);
    assert.equal((await post(`${at}/rewind`, { response_id: id })).status, 200);
    assert.deepEqual(await items(), [...SAID, "Long", "Cut"]);
    assert.equal((await post(`${at}/fork`, { response_id: id })).status, 200);
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
