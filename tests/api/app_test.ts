import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { toKeyDigest } from "../../src/api/access/key_entry.ts";
import { errorOf } from "../error_of.ts";
import { chatBody, harness, nthId, responseBody, settle } from "./harness.ts";

describe("the app", () => {
  it("is healthy without a key and without asking the service", async () => {
    const { app, chat } = harness({ keys: ["secret"] });
    const response = await app.request("/health");
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { status: "ok", version: "1.2.3" });
    assert.equal(chat.requests.length, 0);
  });

  it("lists the one model", async () => {
    const { app } = harness();
    const model = {
      id: "tern-test",
      object: "model",
      created: 1_700_000_000,
      owned_by: "tern",
      max_output_tokens: 2_000,
      default_sampling: {
        temperature: 0.9,
        top_p: 0.8,
        top_k: 40,
        min_p: 0,
        typical_p: 1,
        repetition_penalty: 1,
        presence_penalty: 0.1,
        frequency_penalty: 0.2,
        penalty_decay: 0.99,
        max_tokens: 500,
      },
    };
    const list = await app.request("/v1/models");
    assert.deepEqual(await list.json(), { object: "list", data: [model] });
    const one = await app.request("/v1/models/tern-test");
    assert.deepEqual(await one.json(), model);
  });

  it("does not know other models, whatever their names", async () => {
    const { app } = harness();
    for (const name of ["gpt-5", "a/b", "a%2Fb", "%F0%9F%90%A6", "%ff"]) {
      const error = await errorOf(await app.request(`/v1/models/${name}`), 404);
      assert.equal(error.code, "model_not_found");
      assert.equal(error.param, "model");
    }
  });

  it("serves the page, which may load nothing from elsewhere", async () => {
    const reply = await harness().app.request("/");
    assert.equal(reply.headers.get("content-type"), "text/html; charset=UTF-8");
    const policy = reply.headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.match(policy, /connect-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.doesNotMatch(await reply.text(), /innerHTML|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  });

  for (
    const path of [
      "/chat",
      "/v1",
      "/v1/",
      "/v1/embeddings",
      "/v2/models",
      "/healthz",
    ]
  ) {
    it(`answers ${path} with 404 in the envelope`, async () => {
      const { app } = harness();
      for (const method of ["GET", "POST", "DELETE"]) {
        const error = await errorOf(await app.request(path, { method }), 404);
        assert.equal(error.code, "unknown_url");
        assert.equal(error.type, "invalid_request_error");
        assert.match(error.message, new RegExp(`${method} ${path}$`));
      }
    });
  }

  for (
    const [path, method, allow] of [
      ["/v1/completions", "GET", "POST"],
      ["/v1/chat/completions", "DELETE", "POST, GET, HEAD"],
      ["/v1/responses", "PUT", "POST, GET, HEAD"],
      ["/v1/models", "POST", "GET, HEAD"],
      ["/v1/models/tern-test", "DELETE", "GET, HEAD"],
      ["/health", "POST", "GET, HEAD"],
    ] as const
  ) {
    it(`refuses ${method} on ${path} and says what is allowed`, async () => {
      const { app } = harness();
      const response = await app.request(path, { method });
      assert.equal(response.headers.get("allow"), allow);
      const error = await errorOf(response, 405);
      assert.equal(error.code, "method_not_allowed");
    });
  }

  it("gives each reply a request id, the client's own if it sent a sound one", async () => {
    const { app, post } = harness();
    const replies = [
      await app.request("/health"),
      await app.request("/nowhere"),
      await post("/v1/chat/completions", chatBody()),
      await post("/v1/chat/completions", chatBody({ stream: true })),
      await post("/v1/responses", responseBody({ temperature: -9 })),
    ];
    const ids = replies.map((reply) => reply.headers.get("x-request-id") ?? "");
    assert(ids.every((id) => /^req_\d+$/.test(id)), String(ids));
    assert.equal(new Set(ids).size, ids.length);
    await replies[3]?.body?.cancel();

    const own = await app.request("/health", { headers: { "x-request-id": "mine-1" } });
    assert.equal(own.headers.get("x-request-id"), "mine-1");
    const unsound = await app.request("/health", { headers: { "x-request-id": 'a"b c' } });
    assert.match(unsound.headers.get("x-request-id") ?? "", /^req_/);
  });

  it("tells nothing of an internal error to the client, and all of it to the log", async () => {
    const { post, lines } = harness({ script: { beginError: new Error("tensor 7 is on fire") } });
    const response = await post("/v1/chat/completions", chatBody());
    const requestId = response.headers.get("x-request-id");
    const error = await errorOf(response, 500);
    assert.deepEqual(error, {
      message: "The server failed to answer.",
      type: "server_error",
      param: null,
      code: "internal_error",
    });
    const entry = JSON.parse(lines.find((line) => line.includes('"error"')) ?? "{}");
    assert.equal(entry.request_id, requestId);
    assert.match(entry.error, /tensor 7 is on fire\n\s+at /);
  });

  it("does not take a turn that was aborted for a client that left", async () => {
    const { post } = harness({ script: { beginError: AbortSignal.abort().reason } });
    for (const stream of [true, false]) {
      const response = await post("/v1/chat/completions", chatBody({ stream }));
      assert.equal((await errorOf(response, 500)).code, "internal_error");
    }
  });

  it("answers HEAD as GET, without the body", async () => {
    const { app } = harness();
    const response = await app.request("/v1/models", { method: "HEAD" });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "");
  });

  it("asks the service for nothing when the request is refused", async () => {
    const { post, chat } = harness({ strict: true });
    await post("/v1/chat/completions", chatBody({ model: "other" }));
    await post("/v1/responses", responseBody({ input: " " }));
    assert.equal(chat.requests.length, 0);
  });
});

describe("security headers", () => {
  it("are on every reply", async () => {
    const { app, post } = harness({ keys: ["alpha"] });
    const replies = [
      await app.request("/"),
      await app.request("/health"),
      await app.request("/nowhere"),
      await post("/v1/responses", responseBody()),
    ];
    for (const { headers } of replies) {
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("referrer-policy"), "no-referrer");
      assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'/);
      assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
      assert.equal(headers.get("strict-transport-security"), null);
    }
    const api = await app.request("/health");
    assert.doesNotMatch(api.headers.get("content-security-policy") ?? "", /script-src/);
  });
});

describe("requests from pages of other origins", () => {
  const OWN = "https://app.example";
  const preflight = (origin: string) => ({
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,x-stainless-lang",
    },
  });

  it("are not allowed unless the settings say so", async () => {
    const { app } = harness();
    const asked = await app.request("/v1/responses", preflight(OWN));
    assert.equal(asked.headers.get("access-control-allow-origin"), null);
    assert.equal((await errorOf(asked, 405)).code, "method_not_allowed");
    const reply = await app.request("/v1/models", { headers: { origin: OWN } });
    assert.equal(reply.headers.get("access-control-allow-origin"), null);
  });

  it("are allowed to the origins of the list, before they show a key", async () => {
    const { app } = harness({ keys: ["alpha"], corsOrigins: [OWN, "http://localhost:3000"] });
    const reply = await app.request("/v1/responses", preflight(OWN));
    assert.equal(reply.status, 204);
    assert.equal(reply.headers.get("access-control-allow-origin"), OWN);
    assert.equal(
      reply.headers.get("access-control-allow-headers"),
      "authorization,content-type,x-stainless-lang",
    );
    assert.match(reply.headers.get("vary") ?? "", /Origin/);
    for (const origin of ["https://app.example.evil", "http://app.example", "null"]) {
      const other = await app.request("/v1/responses", preflight(origin));
      assert.equal(other.headers.get("access-control-allow-origin"), null, origin);
    }
  });

  it("may read errors, streams and the headers of both", async () => {
    const { app, post } = harness({ corsOrigins: [OWN] });
    const headers = { origin: OWN, "content-type": "application/json" };
    const replies = [
      await app.request("/v1/nowhere", { headers }),
      await post("/v1/responses", responseBody({ stream: true }), { headers }),
    ];
    for (const reply of replies) {
      assert.equal(reply.headers.get("access-control-allow-origin"), OWN);
      assert.equal(reply.headers.get("vary"), "Origin");
      const exposed = reply.headers.get("access-control-expose-headers") ?? "";
      for (const name of ["x-request-id", "retry-after", "x-ratelimit-remaining-tokens"]) {
        assert(exposed.split(",").includes(name), `${name} in ${exposed}`);
      }
      await reply.body?.cancel();
    }
  });

  it("are allowed to all for *", async () => {
    const { app } = harness({ corsOrigins: ["*"] });
    const reply = await app.request("/v1/models", { headers: { origin: "https://any.example" } });
    assert.equal(reply.headers.get("access-control-allow-origin"), "*");
  });
});

describe("the access log", () => {
  const entry = (line: string | undefined) => JSON.parse(line ?? "{}");

  it("has one line for each request, with neither text nor key in it", async () => {
    const { app, post, lines } = harness({ keys: ["sk-hush"] });
    const authorised = { authorization: "Bearer sk-hush", "content-type": "application/json" };
    await post("/v1/chat/completions", chatBody(), { headers: authorised });
    await app.request("/v1/models/other", { headers: authorised });
    await settle();
    assert.equal(lines.length, 2);
    assert.deepEqual(entry(lines[0]), {
      time: "2027-01-15T08:00:00.500Z",
      level: "info",
      message: "request",
      request_id: nthId("req_", 1),
      tenant: (await toKeyDigest("sk-hush")).slice("sha256:".length, "sha256:".length + 32),
      method: "POST",
      route: "/v1/chat/completions",
      status: 200,
      duration_ms: 0,
      end: "completed",
      usage: { prompt: 7, cached: 4, completion: 3 },
    });
    assert.equal(entry(lines[1]).route, "/v1/models/:id{.+}");
    assert.equal(entry(lines[1]).status, 404);
    for (const path of ["/v1/models", "/v1/nowhere", "/nowhere"]) await app.request(path);
    await settle();
    const strangers = lines.slice(2).map(entry);
    assert.deepEqual(strangers.map(({ status }) => status), [401, 401, 404]);
    assert(strangers.every(({ tenant }) => tenant === undefined));
    assert(!lines.some((line) => /Hello|Hi|hush/.test(line)));
  });

  it("has no text in it when something is wrong either, even if it tells all", async () => {
    const { app, post, lines } = harness({ logLevel: "debug", script: { pieces: ["hush"] } });
    const hushed = [
      ["/v1/chat/completions", '{"model": "hush'],
      ["/v1/chat/completions", chatBody({ nonsense: "hush" })],
      ["/v1/chat/completions", chatBody({ messages: [{ role: "hush", content: "hush" }] })],
      ["/v1/completions", { model: "hush", prompt: "hush" }],
      ["/v1/responses", responseBody({ input: "hush", temperature: "hush" })],
      ["/v1/responses", responseBody({ input: "hush", previous_response_id: "hush" })],
      ["/v1/responses", responseBody({ input: "hush", metadata: { hush: "hush" } })],
      ["/v1/conversations", { items: [{ type: "message", role: "user", content: "hush" }] }],
      ["/v1/tokenize", { model: "tern-test", text: "hush" }],
    ] as const;
    for (const [path, body] of hushed) await (await post(path, body)).text();
    await app.request("/v1/responses/hush?hush=hush", { headers: { origin: "https://hush" } });
    await settle();
    // The names of ignored fields are told, and no values.
    const told = lines.filter((line) => line.includes('"message":"field ignored"'));
    assert.deepEqual(told.length, 1);
    assert.equal(lines.length, hushed.length + 1 + told.length);
    assert.deepEqual(lines.filter((line) => line.includes("hush")), []);
  });

  it("has the line of a stream when the stream is over", async () => {
    const { post, lines } = harness();
    const response = await post("/v1/responses", responseBody({ stream: true }));
    await settle();
    assert.equal(lines.length, 0);
    await response.text();
    await settle();
    assert.equal(lines.length, 1);
    assert.equal(entry(lines[0]).end, "completed");
    assert.equal(entry(lines[0]).usage.completion, 3);
  });

  it("notes that a client left, and that a stream failed", async () => {
    const { post, lines, chat } = harness();
    const left = await post("/v1/chat/completions", chatBody({ stream: true }));
    await left.body?.cancel();
    await settle();
    assert.equal(entry(lines.at(-1)).end, "cancelled");

    chat.script = { pieces: ["a"], streamError: new Error("no more") };
    await (await post("/v1/chat/completions", chatBody({ stream: true }))).text();
    await settle();
    assert.equal(entry(lines.at(-2)).message, "stream failed");
    assert.equal(entry(lines.at(-2)).request_id, entry(lines.at(-1)).request_id);
    assert.match(entry(lines.at(-2)).error, /no more/);
    assert.equal(entry(lines.at(-1)).end, "failed");
  });

  it("is silent when it is off", async () => {
    const { post, lines } = harness({ logLevel: "off", script: { beginError: new Error("x") } });
    await errorOf(await post("/v1/chat/completions", chatBody()), 500);
    await settle();
    assert.deepEqual(lines, []);
  });
});
