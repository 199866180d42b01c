import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { kept } from "../records/kept.ts";
import { errorOf } from "../error_of.ts";
import { harness, responseBody, settle } from "../api/harness.ts";

const user = (content: string) => ({ role: "user", content });

function client(options: Parameters<typeof harness>[0] = {}) {
  const h = harness(options);
  const json = { "content-type": "application/json" };
  const call = async (method: string, path: string, body?: unknown) => {
    const reply = await h.app.request(path, {
      method,
      ...(body === undefined ? {} : { headers: json, body: JSON.stringify(body) }),
    });
    assert.equal(reply.status, 200, `${method} ${path}: ${await reply.clone().text()}`);
    return await reply.json();
  };
  const begin = async () => (await call("POST", "/v1/conversations", {})).id as string;
  const send = async (
    id: string,
    body: BodyInit,
    { query = "", ...headers }: Record<string, string> = {},
  ): Promise<Response> =>
    await h.app.request(`/v1/conversations/${id}/ingest${query}`, {
      method: "POST",
      headers: { "content-type": "text/plain; charset=utf-8", ...headers },
      body,
    });
  return { ...h, call, begin, send };
}

describe("the ingest endpoints", () => {
  it("turn a text into an item with its digest, and later responses continue from it", async () => {
    const { begin, send, call, chat } = client();
    const id = await begin();
    const reply = await send(id, "Once upon a time.");
    assert.equal(reply.status, 200);
    assert.equal(reply.headers.get("upload-offset"), "17");
    assert.equal(reply.headers.get("upload-complete"), "?1");
    assert.equal(reply.headers.get("cache-control"), "no-store");
    const status = await reply.json();
    const { item_id, response_id, sha256 } = status;
    assert.deepEqual(status, {
      id,
      object: "conversation.ingest",
      status: "completed",
      offset: 17,
      tokens: 23,
      sha256,
      item_id,
      response_id,
    });
    const expected = {
      type: "ingested_text",
      id: item_id,
      status: "completed",
      role: "user",
      bytes: 17,
      tokens: 23,
      sha256,
    };
    const { data } = await call("GET", `/v1/conversations/${id}/items`);
    assert.deepEqual(data, [expected]);
    assert.deepEqual(await call("GET", `/v1/conversations/${id}/items/${item_id}`), expected);
    assert.deepEqual(await call("GET", `/v1/conversations/${id}/ingest`), status);
    await call("POST", "/v1/responses", responseBody({ conversation: id }));
    assert.equal(chat.request.previous, response_id);
    await call("POST", "/v1/responses", responseBody({ previous_response_id: response_id }));
  });

  it("do not expose the text as a response, and delete it with its conversation", async () => {
    const { begin, send, call, app, store } = client();
    const id = await begin();
    const { response_id } = await (await send(id, "Text.")).json();
    const error = await errorOf(await app.request(`/v1/responses/${response_id}`), 404);
    assert.equal(error.code, "response_not_found");
    const { data } = await call("GET", `/v1/conversations/${id}/branches`);
    assert.equal(data[0].id, response_id);
    await call("POST", `/v1/conversations/${id}/rewind`, { response_id: null });
    await call("DELETE", `/v1/conversations/${id}/branches/${response_id}`);
    await send(id, "Another.", { "upload-complete": "?0" });
    await call("DELETE", `/v1/conversations/${id}`);
    const left = (await kept(store)).filter(({ key }) => key[1] !== "prefix");
    assert.deepEqual(left, []);
  });

  it("resume a paused upload", async () => {
    const { begin, send, app, call } = client();
    const id = await begin();
    const path = `/v1/conversations/${id}/ingest`;
    assert.equal((await errorOf(await app.request(path), 404)).code, "ingest_not_found");
    const first = await send(id, "Once upon", { "upload-complete": "?0" });
    assert.equal((await first.json()).status, "paused");
    const head = await app.request(path, { method: "HEAD" });
    assert.equal(head.headers.get("upload-offset"), "9");
    assert.equal(head.headers.get("upload-complete"), "?0");
    assert.equal(await head.text(), "");
    const wrong = await send(id, " a time.", { "upload-offset": "8" });
    assert.equal(wrong.headers.get("upload-offset"), "9");
    assert.equal(wrong.headers.get("x-should-retry"), "false");
    assert.equal((await errorOf(wrong, 409)).code, "mismatching_upload_offset");
    await errorOf(await send(id, "Once upon a time."), 409);
    const role = await send(id, " a time.", { "upload-offset": "9", query: "?role=system" });
    assert.equal((await errorOf(role, 400)).param, "role");
    const last = await send(id, " a time.", { "upload-offset": "9" });
    const { offset, sha256 } = await last.json();
    assert.equal(offset, 17);
    const whole = await begin();
    assert.equal((await (await send(whole, "Once upon a time.")).json()).sha256, sha256);
    await errorOf(await app.request(path, { method: "DELETE" }), 404);
    await call("GET", path);
  });

  it("keep the conversation busy until the text is complete or deleted", async () => {
    const { begin, send, post, app, call } = client();
    const id = await begin();
    await send(id, "Once upon", { "upload-complete": "?0" });
    for (
      const reply of [
        post("/v1/responses", responseBody({ conversation: id })),
        post(`/v1/conversations/${id}/items`, { items: [user("x")] }),
        post(`/v1/conversations/${id}/rewind`, { response_id: null }),
      ]
    ) {
      const busy = await reply;
      assert.equal(busy.headers.get("x-should-retry"), "false");
      assert.equal((await errorOf(busy, 409)).code, "conversation_busy");
    }
    const deleted = await app.request(`/v1/conversations/${id}/ingest`, { method: "DELETE" });
    assert.deepEqual(await deleted.json(), {
      id,
      object: "conversation.ingest.deleted",
      deleted: true,
    });
    await call("POST", "/v1/responses", responseBody({ conversation: id }));
  });

  it("stream the progress", async () => {
    const { begin, send } = client();
    const id = await begin();
    const reply = await send(id, "word ".repeat(20_000), {
      query: "?stream=true",
      "content-length": "100000",
    });
    assert.match(reply.headers.get("content-type") ?? "", /^text\/event-stream/);
    const events = (await reply.text()).trim().split("\n\n").map((event) =>
      event.split("\ndata: ")[1] ?? event.replace("data: ", "")
    );
    assert.equal(events.at(-1), "[DONE]");
    const bodies = events.slice(0, -1).map((data) => JSON.parse(data));
    assert.equal(bodies[0].status, "in_progress");
    assert.equal(bodies.at(-1).type, "conversation.ingest.completed");
    assert.equal(bodies.at(-1).offset, 100_000);
    const offsets = bodies.map(({ offset }) => offset);
    assert.deepEqual(offsets, offsets.toSorted((a, b) => a - b));
  });

  it("let others follow the progress from any server until the upload pauses or completes", async () => {
    const { begin, send, app, store, time } = client();
    const other = harness({ store });
    const id = await begin();
    const path = `/v1/conversations/${id}/ingest?stream=true`;
    await errorOf(await app.request(path), 404);
    const gate = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode("word ".repeat(4_000)));
        await gate.promise;
        controller.enqueue(new TextEncoder().encode("end."));
        controller.close();
      },
    });
    const sending = send(id, body);
    const follow = async (server: Pick<typeof other, "app">) => {
      let reply = await server.app.request(path);
      for (; reply.status === 404; reply = await server.app.request(path)) await settle();
      assert.match(reply.headers.get("content-type") ?? "", /^text\/event-stream/);
      return (await reply.text()).trim().split("\n\n");
    };
    const following = [follow({ app }), follow(other)];
    for (let i = 0; i < 50; i++) await settle();
    // A checkpoint needs new bytes and time passed.
    time.now += 10_000;
    gate.resolve();
    const status = await (await sending).json();
    for (const events of await Promise.all(following)) {
      assert.match(events[0]!, /^id: in_progress:\d+\nevent: conversation.ingest.progress\n/);
      assert.equal(events.at(-1), "data: [DONE]");
      const last = events.at(-2)!;
      assert.match(last, /^id: completed:\d+\nevent: conversation.ingest.completed\n/);
      const { type: _, ...reported } = JSON.parse(last.split("\ndata: ")[1]!);
      assert.deepEqual(reported, status);
    }
    // A paused one is reported once. HEAD does not stream.
    const paused = await begin();
    await send(paused, "Some", { "upload-complete": "?0" });
    const left = await app.request(`/v1/conversations/${paused}/ingest?stream=true`);
    assert.match(
      await left.text(),
      /^id: paused:\d+\nevent: conversation.ingest.paused\n.*\n\ndata: \[DONE\]\n\n$/,
    );
    const head = await app.request(path, { method: "HEAD" });
    assert.equal(head.headers.get("upload-complete"), "?1");
  });

  it("report errors as events in a streamed reply", async () => {
    const { begin, send } = client();
    const id = await begin();
    const body = new Uint8Array([...new TextEncoder().encode("Good."), 0xff]);
    const length = `${body.length}`;
    const reply = await send(id, body, { query: "?stream=true", "content-length": length });
    assert.equal(reply.status, 200);
    assert.match(await reply.text(), /event: error\ndata: \{[^\n]*"code":"invalid_utf8"/);
    assert.equal((await errorOf(await send(id, body), 400)).code, "invalid_utf8");
    const blank = await errorOf(await send(id, " \n"), 400);
    assert.equal(blank.code, "blank_text");
  });

  it("reject invalid parameters and types, naming the parameter", async () => {
    const { begin, send } = client();
    const id = await begin();
    for (
      const [options, param] of [
        [{ "upload-offset": "-1" }, "Upload-Offset"],
        [{ "upload-offset": "1e3" }, "Upload-Offset"],
        [{ "upload-offset": "9".repeat(20) }, "Upload-Offset"],
        [{ "upload-complete": "true" }, "Upload-Complete"],
        [{ query: "?stream=1" }, "stream"],
        // A streamed reply requires a Content-Length within the limit.
        [{ query: "?stream=true" }, "stream"],
        [{ query: "?stream=true", "content-length": "100001" }, "stream"],
        [{ query: "?role=assistant" }, "role"],
        [{ query: "?language=en" }, "language"],
      ] as const
    ) {
      assert.equal((await errorOf(await send(id, "x", options), 400)).param, param);
    }
    await errorOf(await send(id, "x", { "content-type": "application/json" }), 415);
    await errorOf(await send(id, "x", { "content-encoding": "gzip" }), 415);
    for (const other of [`conv_${"f".repeat(48)}`, "x".repeat(3000), "%00", "import"]) {
      const missing = await errorOf(await send(other, "x"), 404);
      assert.equal(missing.code, "conversation_not_found");
    }
  });

  it("are inaccessible to other tenants", async () => {
    const { app } = harness({ keys: ["a", "b"] });
    const as = (key: string, method: string, path: string, type = "text/plain", body?: string) =>
      app.request(path, {
        method,
        headers: { authorization: `Bearer ${key}`, "content-type": type },
        ...(body === undefined ? {} : { body }),
      });
    const made = await as("a", "POST", "/v1/conversations", "application/json", "{}");
    const { id } = await made.json();
    await as("a", "POST", `/v1/conversations/${id}/ingest`, "text/plain", "Text.");
    for (const method of ["GET", "DELETE", "POST"]) {
      const body = method === "POST" ? "x" : undefined;
      const path = (id: string) => `/v1/conversations/${id}/ingest`;
      const foreign = await errorOf(await as("b", method, path(id), "text/plain", body), 404);
      const other = `conv_${"f".repeat(48)}`;
      const missing = await errorOf(await as("b", method, path(other), "text/plain", body), 404);
      assert.deepEqual(foreign, missing, method);
    }
  });

  it("keep the text in exported and imported conversations", async () => {
    const { begin, send, app, call } = client();
    const id = await begin();
    const { item_id } = await (await send(id, "Text.")).json();
    await call("POST", "/v1/responses", responseBody({ conversation: id }));
    const file = await (await app.request(`/v1/conversations/${id}/export`)).arrayBuffer();
    const import_ = (query = "") =>
      app.request(`/v1/conversations/import${query}`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        body: file,
      });
    const copy = await (await import_()).json();
    const { data } = await call("GET", `/v1/conversations/${copy.id}/items?order=asc`);
    assert.equal(data[0].id, item_id);
    assert.equal(data[0].type, "ingested_text");
    await call("DELETE", `/v1/conversations/${copy.id}`);
    assert.equal((await errorOf(await import_("?reread=true"), 409)).code, "text_not_kept");
  });
});
