import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { errorOf } from "../error_of.ts";
import { chunksOf, harness, nthId, responseBody, settle } from "./harness.ts";
import { kept } from "../records/kept.ts";

const PATH = "/v1/responses";
const ID = nthId("resp_", 2);

describe("a stored response", () => {
  it("is shown again with every field as it was given out", async () => {
    const { app, post } = harness();
    const fields = {
      instructions: "Be brief.",
      metadata: { topic: "birds" },
      temperature: 0.5,
      truncation: "auto",
      max_output_tokens: 20,
    };
    const made = await (await post(PATH, responseBody(fields))).json();
    assert.deepEqual(await (await app.request(`${PATH}/${made.id}`)).json(), made);
  });

  it("is streamed again byte for byte, from any event on", async () => {
    const { app, post } = harness();
    const made = await chunksOf(await post(PATH, responseBody({ stream: true })));
    const again = (query: string) => app.request(`${PATH}/${ID}?stream=true${query}`);
    assert.deepEqual(await chunksOf(await again("")), made);
    for (const after of [0, 3, 5, made.length - 2]) {
      assert.deepEqual(
        await chunksOf(await again(`&starting_after=${after}`)),
        made.slice(after + 1),
      );
    }
    assert.deepEqual(await chunksOf(await again("&starting_after=999999999")), [
      "data: [DONE]\n\n",
    ]);
  });

  for (
    const [query, param] of [
      ["stream=true&starting_after=-1", "starting_after"],
      ["stream=true&starting_after=NaN", "starting_after"],
      ["stream=true&starting_after=1e3", "starting_after"],
      ["stream=true&starting_after=1.5", "starting_after"],
      ["stream=true&starting_after=", "starting_after"],
      ["stream=true&starting_after=9999999999999999999999", "starting_after"],
      ["starting_after=1", "starting_after"],
      ["stream=yes", "stream"],
      ["include=x", "include[0]"],
      ["stream=true&include_obfuscation=1", "include_obfuscation"],
      ["include_obfuscation=true", "include_obfuscation"],
    ] as const
  ) {
    it(`is not shown for ${query}`, async () => {
      const { app, post } = harness();
      await post(PATH, responseBody());
      assert.equal((await errorOf(await app.request(`${PATH}/${ID}?${query}`), 400)).param, param);
    });
  }

  it("lists what it was made from", async () => {
    const { app, post } = harness();
    const input = [
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
      { role: "user", content: "c" },
    ];
    await post(PATH, responseBody({ input }));
    const items = async (query: string) =>
      (await (await app.request(`${PATH}/${ID}/input_items${query}`)).json()).data;
    const all = await items("?order=asc");
    assert.deepEqual(
      all.map(({ role, content }: { role: string; content: { text: string }[] }) => [
        role,
        content[0]!.text,
      ]),
      [["user", "a"], ["assistant", "b"], ["user", "c"]],
    );
    assert.deepEqual(await items(""), all.toReversed());
  });

  it("goes when it is deleted, with all that it was", async () => {
    const { app, post, store } = harness();
    await post(PATH, responseBody());
    const deleted = await app.request(`${PATH}/${ID}`, { method: "DELETE" });
    assert.deepEqual(await deleted.json(), { id: ID, object: "response", deleted: true });
    for (const [method, below] of [["GET", ""], ["DELETE", ""], ["GET", "/input_items"]] as const) {
      const reply = await app.request(`${PATH}/${ID}${below}`, { method });
      assert.equal((await errorOf(reply, 404)).code, "response_not_found");
    }
    const reply = await post(PATH, responseBody({ previous_response_id: ID }));
    assert.equal((await errorOf(reply, 404)).code, "previous_response_not_found");
    const left = await kept(store);
    assert.deepEqual(left.map(({ key }) => key[1]), ["prefix"], "which goes by itself");
  });

  it("stays for those that continue it, until they go too", async () => {
    const { app, post, store } = harness();
    const first = await (await post(PATH, responseBody())).json();
    const fields = { previous_response_id: first.id };
    const second = await (await post(PATH, responseBody(fields))).json();
    await app.request(`${PATH}/${first.id}`, { method: "DELETE" });
    const third = await post(PATH, responseBody({ previous_response_id: second.id }));
    assert.equal(third.status, 200);
    for (const id of [second.id, (await third.json()).id]) {
      await app.request(`${PATH}/${id}`, { method: "DELETE" });
    }
    const left = await kept(store);
    assert.deepEqual(new Set(left.map(({ key }) => key[1])), new Set(["prefix"]));
  });

  it("is not known by an id that none has", async () => {
    const { app } = harness();
    for (const id of ["resp_1", "x", "%00", "..%2f", "resp_" + "F".repeat(48), "é".repeat(500)]) {
      const error = await errorOf(await app.request(`${PATH}/${id}`), 404);
      assert.equal(error.code, "response_not_found");
    }
  });

  it("is kept as failed, with what may be told of it", async () => {
    const { app, post } = harness({ script: { pieces: ["a"], streamError: new Error("secret") } });
    const made = await chunksOf(await post(PATH, responseBody({ stream: true })));
    const again = await app.request(`${PATH}/${ID}?stream=true`);
    assert.deepEqual(await chunksOf(again), made);
    const shown = await (await app.request(`${PATH}/${ID}`)).json();
    assert.equal(shown.status, "failed");
    assert.deepEqual(shown.error, {
      code: "server_error",
      message: "The server failed to answer.",
    });
    const reply = await post(PATH, responseBody({ previous_response_id: ID }));
    assert.equal((await errorOf(reply, 400)).code, "response_not_continuable");
  });
});

describe("a response in the background", () => {
  it("is answered at once, and is made", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { app, post } = harness({ script: { pieces: ["a", promise] } });
    const queued = await (await post(PATH, responseBody({ background: true }))).json();
    assert.equal(queued.status, "queued");
    assert.equal(queued.background, true);
    for (let i = 0; i < 5; i++) await settle();
    const under = await (await app.request(`${PATH}/${ID}`)).json();
    assert.equal(under.status, "in_progress");
    assert.equal(under.output[0].content[0].text, "a");
    const busy = await post(PATH, responseBody({ previous_response_id: ID }));
    assert.equal(busy.headers.get("x-should-retry"), "false");
    assert.equal((await errorOf(busy, 409)).code, "response_in_progress");
    const following = chunksOf(await app.request(`${PATH}/${ID}?stream=true&starting_after=2`));
    resolve("b");
    const chunks = await following;
    assert.match(chunks[0] ?? "", /"sequence_number":3/);
    assert.match(chunks.at(-2) ?? "", /response\.completed/);
    assert.equal((await (await app.request(`${PATH}/${ID}`)).json()).status, "completed");
  });

  it("is cancelled, once and again", async () => {
    const never = Promise.withResolvers<string>();
    const { app, post, chat } = harness({ script: { pieces: ["a", never.promise] } });
    await post(PATH, responseBody({ background: true }));
    for (let i = 0; i < 5; i++) await settle();
    const following = chunksOf(await app.request(`${PATH}/${ID}?stream=true`));
    const cancel = () => app.request(`${PATH}/${ID}/cancel`, { method: "POST" });
    const cancelled = await (await cancel()).json();
    assert.equal(cancelled.status, "cancelled");
    assert.equal(cancelled.output[0].status, "incomplete");
    assert(chat.request.signal.aborted);
    assert.deepEqual(await (await cancel()).json(), cancelled);
    const chunks = await following;
    assert.match(chunks.at(-2) ?? "", /event: response.incomplete\n.*"status":"cancelled"/);
    assert.equal(chunks.at(-1), "data: [DONE]\n\n");
  });
});

describe("a stored response whose client leaves", () => {
  it("pauses if it was streamed, and goes on where it was when somebody asks for it", async () => {
    const { app, post, chat } = harness({
      script: { pieces: ["a", new Promise<string>(() => {})] },
    });
    const reader = (await post(PATH, responseBody({ stream: true }))).body!.getReader();
    const decoder = new TextDecoder();
    let seen = "";
    while (!seen.includes('"delta":"a"')) seen += decoder.decode((await reader.read()).value);
    await reader.cancel();
    for (let i = 0; i < 5; i++) await settle();
    assert(chat.request.signal.aborted);
    assert.equal(chat.requests.length, 1);

    chat.script = { pieces: ["a", "b"] };
    const chunks = await chunksOf(await app.request(`${PATH}/${ID}?stream=true`));
    assert.ok(chunks.join("").startsWith(seen), "what was seen is seen again");
    assert.deepEqual(chat.request.resume?.tokens, [1]);
    assert.match(chunks.at(-2) ?? "", /"text":"ab"/);
  });

  it("is forgotten if it was to come whole", async () => {
    const { post, store, chat } = harness({
      script: { pieces: ["a", new Promise<string>(() => {})] },
    });
    const left = new AbortController();
    const reply = post(PATH, responseBody(), { signal: left.signal });
    while (chat.requests.length === 0) await settle();
    for (let i = 0; i < 5; i++) await settle();
    left.abort();
    assert.equal((await reply).status, 499);
    assert.deepEqual(await kept(store), []);
  });

  it("holds little of a long answer while nobody reads", async () => {
    const pieces = Array.from({ length: 5_000 }, (_, i) => `${i} `);
    const { app, post } = harness({ script: { pieces } });
    const reader = (await post(PATH, responseBody({ stream: true }))).body!.getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    while ((await (await app.request(`${PATH}/${ID}`)).json()).status !== "completed") {
      await settle();
    }
    let text = first;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      text += new TextDecoder().decode(value);
    }
    const again = await (await app.request(`${PATH}/${ID}?stream=true`)).text();
    assert.equal(text.length, again.length);
    assert.ok(text === again);
  });
});
