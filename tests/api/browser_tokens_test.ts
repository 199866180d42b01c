import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { BrowserTokens } from "../../src/api/browser_tokens/browser_tokens.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { errorOf } from "../error_of.ts";
import { server, StandingClock } from "../faults/world.ts";
import { keyDigests } from "../key_digests.ts";

const SECRET = "s".repeat(32);
const [ALICE, BOB] = keyDigests("alice", "bob") as [string, string];
const ENV = { TERN_API_KEYS: `alice=${ALICE},bob=${BOB}`, TERN_TOKEN_SECRETS: SECRET };
const HOUR_MS = 3_600_000;

/** The only routes that a browser token may use. */
const ALLOWED = [
  "GET /v1/models",
  "GET /v1/models/{id}",
  "GET /v1/conversations/{id}",
  "GET /v1/conversations/{id}/items",
  "GET /v1/conversations/{id}/items/{item}",
  "GET /v1/conversations/{id}/branches",
  "GET /v1/conversations/{id}/tree",
  "POST /v1/conversations/{id}/fork",
  "POST /v1/responses",
  "GET /v1/responses/{id}",
  "GET /v1/responses/{id}/input_items",
  "GET /v1/responses/{id}/state",
  "POST /v1/responses/{id}/cancel",
  "GET /v1/responses",
  "POST /v1/chat/completions",
];

/** A server, and its owners and their pages. */
function world(env: Record<string, string> = ENV) {
  const store = new MemoryStore();
  const clock = new StandingClock();
  let { app, ask, lines } = server(store, clock, env);
  const as = (key: string, method: string, path: string, body?: unknown, more: object = {}) =>
    ask(method, path, body, { headers: { authorization: `Bearer ${key}`, ...more } });
  const ok = async (reply: Response | Promise<Response>) => {
    const json = await (await reply).json();
    assert.equal((await reply).status, 200, JSON.stringify(json));
    return json;
  };
  const respond = (key: string, fields: object) =>
    as(key, "POST", "/v1/responses", {
      model: "hash",
      input: "Hi",
      max_output_tokens: 4,
      ...fields,
    });
  return {
    clock,
    as,
    ok,
    respond,
    lines: () => lines,
    app: () => app,
    /** The same store under other settings. */
    restart(other: Record<string, string>) {
      ({ app, ask, lines } = server(store, clock, other));
    },
    /** A conversation with a turn in it, and that turn's response. */
    async talk(key: string) {
      const { id } = await ok(as(key, "POST", "/v1/conversations", {}));
      const response = await ok(respond(key, { conversation: id }));
      return { id: id as string, response: response.id as string };
    },
    async token(key: string, conversation: string, fields: object = {}): Promise<string> {
      const body = { conversation, ...fields };
      return (await ok(as(key, "POST", "/v1/browser_tokens", body))).value;
    },
    async forbidden(reply: Response | Promise<Response>) {
      const error = await errorOf(await reply, 403);
      assert.equal(error.code, "browser_token_forbidden", error.message);
      return error;
    },
  };
}

describe("a browser token", () => {
  it("is made with a key, for a conversation of its tenant", async () => {
    const { as, ok, talk, clock } = world();
    const { id } = await talk("alice");
    const body = { conversation: id, expires_in: 60, requests_per_minute: 5 };
    const reply = await as("alice", "POST", "/v1/browser_tokens", body);
    assert.equal(reply.headers.get("cache-control"), "no-store");
    const { value, id: name, ...others } = await ok(reply);
    assert.match(value, /^tern_bt_[\w-]+$/);
    assert.match(name, /^bt_/);
    assert.deepEqual(others, {
      object: "browser_token",
      conversation: id,
      forks: "none",
      expires_at: clock.time / 1000 + 60,
      requests_per_minute: 5,
    });
    await errorOf(await as("bob", "POST", "/v1/browser_tokens", { conversation: id }), 404);
    for (const wrong of [{ expires_in: 0 }, { expires_in: 86_401 }, { forks: true }, { more: 1 }]) {
      const body = { conversation: id, ...wrong };
      await errorOf(await as("alice", "POST", "/v1/browser_tokens", body), 400);
    }
  });

  it("does not reveal its tenant or conversation to its holder", async () => {
    const { talk, token } = world();
    const { id } = await talk("alice");
    const value = await token("alice", id);
    const bytes = Uint8Array.fromBase64(value.slice("tern_bt_".length), { alphabet: "base64url" });
    const text = new TextDecoder("latin1").decode(bytes);
    assert(!text.includes("alice") && !text.includes(id));
    assert.notEqual(value, await token("alice", id));
  });

  it("is refused with the setting's name where there is no secret to make it with", async () => {
    const { as, talk } = world({ TERN_API_KEYS: ENV.TERN_API_KEYS });
    const { id } = await talk("alice");
    const reply = await as("alice", "POST", "/v1/browser_tokens", { conversation: id });
    const error = await errorOf(reply, 400);
    assert.equal(error.code, "token_secret_missing");
    assert.match(error.message, /TERN_TOKEN_SECRETS/);
  });

  it("may use a few routes, and no other of all that the server has", async () => {
    const { app, as, ok, talk, token, respond } = world();
    const { id, response } = await talk("alice");
    const value = await token("alice", id, { forks: "allowed" });
    const { data } = await ok(as("alice", "GET", `/v1/conversations/${id}/items`));
    const { paths } = await ok(app().request("/openapi.json"));
    const seen: string[] = [];
    for (const [path, methods] of Object.entries<object>(paths)) {
      for (const method of Object.keys(methods).map((name) => name.toUpperCase())) {
        const route = `${method} ${path}`;
        if (!path.startsWith("/v1/")) continue;
        const ids = path.startsWith("/v1/responses")
          ? { id: response }
          : path.startsWith("/v1/models")
          ? { id: "hash" }
          : { id };
        const values: Record<string, string> = { ...ids, item: data[0].id, response };
        const at = path.replace(/\{(\w+)\}/g, (_, name) => values[name]!);
        const body = path.endsWith("/fork") ? {} : { model: "hash", conversation: id, input: "Hi" };
        const reply = await as(value, method, at, method === "POST" ? body : undefined);
        const { error } = await reply.json();
        const refused = error?.code === "browser_token_forbidden";
        assert.equal(refused, !ALLOWED.includes(route), `${route}: ${JSON.stringify(error)}`);
        if (refused) assert.equal(reply.status, 403);
        seen.push(route);
      }
    }
    assert.deepEqual(ALLOWED.filter((route) => !seen.includes(route)), []);
    assert(seen.length > ALLOWED.length + 15, "most routes are refused");
    // Nothing of it came to anything.
    assert.equal((await respond("alice", { conversation: id })).status, 200);
  });

  it("is refused however the path is written", async () => {
    const { as, talk, token, forbidden } = world();
    const { id } = await talk("alice");
    const value = await token("alice", id);
    for (const path of ["/tokenize", "//v1/conversations", "/v1/v1/browser_tokens", "/responses"]) {
      await forbidden(as(value, "POST", path, {}));
    }
    await forbidden(as(value, "DELETE", `/conversations/${id}`));
  });

  it("reads its conversation, and answers in it", async () => {
    const { as, ok, talk, token, respond } = world();
    const { id } = await talk("alice");
    const value = await token("alice", id);
    const first = await ok(respond(value, { conversation: id }));
    const second = await ok(respond(value, { conversation: { id }, background: true }));
    assert(first.usage.input_tokens_details.cached_tokens > 0, "it goes on from the state");
    assert.equal((await ok(as(value, "GET", `/v1/responses/${first.id}`))).id, first.id);
    await ok(as(value, "POST", `/v1/responses/${second.id}/cancel`));
    await ok(as(value, "GET", `/v1/responses/${first.id}/input_items`));
    const stream = await as(value, "GET", `/v1/responses/${first.id}?stream=true`);
    assert.match(await stream.text(), /response\.completed|response\.incomplete/);
    const { data } = await ok(as(value, "GET", `/v1/conversations/${id}/items`));
    assert(data.length >= 4);
    await ok(as(value, "GET", `/v1/conversations/${id}/items/${data[0].id}`));
  });

  it("may be part of the URL that a stream is read from, as EventSource needs it", async () => {
    const { app, talk, token, respond, lines } = world();
    const { id, response } = await talk("alice");
    const other = await talk("alice");
    const value = await token("alice", id);
    const get = (path: string, init?: RequestInit) => Promise.resolve(app().request(path, init));
    const url = `/v1/responses/${response}?stream=true&access_token=${value}&starting_after=0`;
    const stream = await (await get(url)).text();
    assert.match(stream, /"sequence_number":1\D/);
    assert.doesNotMatch(stream, /"sequence_number":0\D/, "the other parameters hold as well");
    const elsewhere = await get(`/v1/responses/${other.response}?access_token=${value}`);
    assert.equal((await errorOf(elsewhere, 403)).code, "browser_token_forbidden");
    // Neither a key there, nor a token for anything but reading.
    await errorOf(await get("/v1/models?access_token=alice"), 401);
    const posted = await get(`/v1/responses?access_token=${value}`, { method: "POST" });
    await errorOf(posted, 401);
    assert.equal((await respond(value, { conversation: id })).status, 200);
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert(!lines().some((line) => line.includes(value)));
  });

  it("reaches no other conversation, and does not learn whether there is one", async () => {
    const { as, talk, token, forbidden, respond } = world();
    const { id } = await talk("alice");
    const others = [(await talk("alice")).id, (await talk("bob")).id, `conv_${"0".repeat(48)}`];
    for (const forks of ["none", "allowed", "only"]) {
      const value = await token("alice", id, { forks });
      const told = new Set<string>();
      for (const other of [...others, "conv_", "..%2f", "*"]) {
        const base = `/v1/conversations/${other}`;
        told.add((await forbidden(as(value, "GET", base))).message);
        told.add((await forbidden(as(value, "GET", `${base}/items`))).message);
        told.add((await forbidden(respond(value, { conversation: other }))).message);
        told.add((await forbidden(respond(value, { conversation: { id: other } }))).message);
        await forbidden(as(value, "POST", `${base}/fork`, {}));
      }
      assert.equal(told.size, 1);
    }
  });

  it("answers nothing outside of its conversation", async () => {
    const { talk, token, forbidden, respond, as } = world();
    const { id, response } = await talk("alice");
    const value = await token("alice", id);
    for (
      const [fields, param] of [
        [{}, "conversation"],
        [{ conversation: null }, "conversation"],
        [{ conversation: "" }, "conversation"],
        [{ conversation: [id] }, "conversation"],
        [{ conversation: 1 }, "conversation"],
        [{ store: false }, "conversation"],
        [{ previous_response_id: response }, "conversation"],
        [{ conversation: id, previous_response_id: response }, "previous_response_id"],
        [
          { conversation: id, input: [{ type: "item_reference", id: "msg_1" }] },
          "input[0].type",
        ],
        [
          {
            conversation: id,
            input: [{ role: "user", content: "Hi" }, {
              type: "compaction",
              encrypted_content: response,
            }],
          },
          "input[1].type",
        ],
        [{ conversation: id, input: [{ type: "state", encrypted_content: "x" }] }, "input[0].type"],
        // What is understood counts, in whatever words it is said.
        [{ extra_body: { conversation: "conv_1" } }, "conversation"],
        [{ conversation: null, extra_body: { conversation: id } }, "conversation"],
        [
          { conversation: id, extra_body: { previous_response_id: response } },
          "previous_response_id",
        ],
        [{ conversation: id, input: { type: "item_reference", id: "msg_1" } }, "input[0].type"],
        [
          {
            ...{ conversation: id, input: undefined },
            extra_body: { input: [{ type: "item_reference", id: "msg_1" }] },
          },
          "input[0].type",
        ],
      ] as const
    ) {
      const error = await forbidden(respond(value, fields));
      assert.equal(error.param, param, JSON.stringify(fields));
    }
    for (const body of [[], "text", 1, null]) {
      await forbidden(as(value, "POST", "/v1/responses", body));
    }
  });

  it("makes chat completions in its conversation alone, and none that are kept beside it", async () => {
    const { as, ok, talk, token, forbidden } = world();
    const { id } = await talk("alice");
    const value = await token("alice", id);
    const chat = (fields: object) =>
      as(value, "POST", "/v1/chat/completions", {
        model: "hash",
        messages: [{ role: "user", content: "Hi" }],
        max_tokens: 4,
        ...fields,
      });
    assert.equal((await forbidden(chat({}))).param, "conversation");
    assert.equal((await forbidden(chat({ conversation: id, store: true }))).param, "store");
    const other = (await talk("alice")).id;
    for (
      const fields of [
        { conversation: other },
        { extra_body: { conversation: other } },
        { conversation: id, extra_body: { store: true } },
      ]
    ) await forbidden(chat(fields));
    assert.equal((await chat({ conversation: id })).status, 200);
    // The own field counts, and the other one is no way around it.
    const own = { conversation: id, extra_body: { conversation: other } };
    assert.equal((await chat(own)).status, 200);
    const { data } = await ok(as("alice", "GET", `/v1/conversations/${other}/items`));
    assert.equal(data.length, 2);
    assert.equal((await chat({ extra_body: { conversation: id } })).status, 200);
  });

  it("reaches the responses of its conversation alone", async () => {
    const { as, ok, talk, token, forbidden, respond } = world();
    const { id, response } = await talk("alice");
    const other = await talk("alice");
    const loose = await ok(respond("alice", {}));
    const theirs = await talk("bob");
    const value = await token("alice", id);
    await ok(as(value, "GET", `/v1/responses/${response}`));
    const told = new Set<string>();
    for (const id of [loose.id, theirs.response, `resp_${"0".repeat(48)}`, "resp_x"]) {
      told.add((await forbidden(as(value, "GET", `/v1/responses/${id}`))).message);
      told.add((await forbidden(as(value, "GET", `/v1/responses/${id}?stream=true`))).message);
      await forbidden(as(value, "POST", `/v1/responses/${id}/cancel`));
      await forbidden(as(value, "GET", `/v1/responses/${id}/input_items`));
    }
    assert.equal(told.size, 1);
    await forbidden(as(value, "GET", `/v1/responses/${other.response}`));
  });
});

describe("a browser token and forks", () => {
  const fork = (id: string) => `/v1/conversations/${id}/fork`;

  it("makes none unless it may", async () => {
    const { as, ok, talk, token, forbidden } = world();
    const { id } = await talk("alice");
    const made = await ok(as("alice", "POST", fork(id), {}));
    const value = await token("alice", id);
    await forbidden(as(value, "POST", fork(id), {}));
    await forbidden(as(value, "GET", `/v1/conversations/${made.id}`));
  });

  it("makes and uses forks, and forks of those, if it may", async () => {
    const { as, ok, talk, token, respond } = world();
    const { id, response } = await talk("alice");
    const value = await token("alice", id, { forks: "allowed" });
    const first = await ok(as(value, "POST", fork(id), { response_id: response }));
    const second = await ok(as(value, "POST", fork(first.id), {}));
    for (const conversation of [id, first.id, second.id]) {
      await ok(as(value, "GET", `/v1/conversations/${conversation}/items`));
      const made = await ok(respond(value, { conversation }));
      await ok(as(value, "GET", `/v1/responses/${made.id}`));
    }
    // Metadata of a fork can change, and it is a fork still.
    await ok(as("alice", "POST", `/v1/conversations/${second.id}`, { metadata: { a: "b" } }));
    await ok(as(value, "GET", `/v1/conversations/${second.id}`));
  });

  it("adds nothing to its conversation itself if it may only fork", async () => {
    const { as, ok, talk, token, forbidden, respond } = world();
    const { id } = await talk("alice");
    const running = await ok(respond("alice", { conversation: id, background: true }));
    const value = await token("alice", id, { forks: "only" });
    await forbidden(respond(value, { conversation: id }));
    await forbidden(as(value, "POST", `/v1/responses/${running.id}/cancel`));
    await ok(as(value, "GET", `/v1/conversations/${id}/items`));
    const made = await ok(as(value, "POST", fork(id), {}));
    await ok(respond(value, { conversation: made.id }));
  });

  it("does not reach what its conversation was forked from, nor other forks of that", async () => {
    const { as, ok, talk, token, forbidden } = world();
    const { id } = await talk("alice");
    const own = await ok(as("alice", "POST", fork(id), {}));
    const sibling = await ok(as("alice", "POST", fork(id), {}));
    const value = await token("alice", own.id, { forks: "allowed" });
    const mine = await ok(as(value, "POST", fork(own.id), {}));
    await ok(as(value, "GET", `/v1/conversations/${mine.id}`));
    for (const other of [id, sibling.id]) {
      await forbidden(as(value, "GET", `/v1/conversations/${other}`));
    }
  });

  it("reaches a fork whose own origin was deleted as far as that is known", async () => {
    const { as, ok, talk, token, forbidden } = world();
    const { id } = await talk("alice");
    const first = await ok(as("alice", "POST", fork(id), {}));
    const second = await ok(as("alice", "POST", fork(first.id), {}));
    const third = await ok(as("alice", "POST", fork(second.id), {}));
    const root = await token("alice", id, { forks: "allowed" });
    const middle = await token("alice", first.id, { forks: "allowed" });
    await ok(as("alice", "DELETE", `/v1/conversations/${second.id}`));
    await ok(as(root, "GET", `/v1/conversations/${third.id}`));
    await forbidden(as(middle, "GET", `/v1/conversations/${third.id}`));
  });
});

describe("the end of a browser token", () => {
  const refused = async (reply: Response, code: string) => {
    assert.match(reply.headers.get("www-authenticate") ?? "", /^Bearer error="invalid_token"/);
    assert.equal((await errorOf(reply, 401)).code, code);
  };

  it("comes with its time", async () => {
    const { as, clock, talk, token } = world();
    const { id } = await talk("alice");
    const value = await token("alice", id);
    clock.time += HOUR_MS - 1;
    assert.equal((await as(value, "GET", "/v1/models")).status, 200);
    clock.time += 1;
    await refused(await as(value, "GET", "/v1/models"), "expired_browser_token");
  });

  it("comes with its secret, which can be changed", async () => {
    const { as, talk, token, restart } = world();
    const { id } = await talk("alice");
    const value = await token("alice", id);
    const next = "n".repeat(32);
    restart({ ...ENV, TERN_TOKEN_SECRETS: `${next},${SECRET}` });
    assert.equal((await as(value, "GET", "/v1/models")).status, 200);
    const later = await token("alice", id);
    for (const secrets of [next, ""]) {
      restart({ ...ENV, TERN_TOKEN_SECRETS: secrets });
      await refused(await as(value, "GET", "/v1/models"), "invalid_browser_token");
    }
    restart({ ...ENV, TERN_TOKEN_SECRETS: next });
    assert.equal((await as(later, "GET", "/v1/models")).status, 200);
  });

  it("comes with the last key of its tenant, and not with another", async () => {
    const { as, talk, token, restart } = world();
    const { id } = await talk("alice");
    const value = await token("alice", id);
    restart({ ...ENV, TERN_API_KEYS: `alice=${keyDigests("new")[0]},bob=${BOB}` });
    assert.equal((await as(value, "GET", `/v1/conversations/${id}`)).status, 200);
    restart({ ...ENV, TERN_API_KEYS: `bob=${BOB}` });
    await refused(await as(value, "GET", `/v1/conversations/${id}`), "invalid_browser_token");
  });

  it("comes with its conversation, for the forks as well", async () => {
    const { as, ok, talk, token, respond } = world();
    const { id } = await talk("alice");
    const value = await token("alice", id, { forks: "allowed" });
    const made = await ok(as(value, "POST", `/v1/conversations/${id}/fork`, {}));
    await ok(as("alice", "DELETE", `/v1/conversations/${id}`));
    for (const conversation of [id, made.id]) {
      await refused(await respond(value, { conversation }), "invalid_browser_token");
    }
  });

  it("is where it is not whole", async () => {
    const { as, talk, token } = world();
    const { id } = await talk("alice");
    const value = await token("alice", id);
    const at = value.length - 10;
    const other = value[at] === "A" ? "B" : "A";
    for (
      const wrong of [
        "tern_bt_",
        "tern_bt_AAAA",
        "tern_bt_%%%%",
        value.slice(0, -1),
        `${value}A`,
        value.slice(0, at) + other + value.slice(at + 1),
        "tern_bt_" + "A".repeat(10_000),
      ]
    ) {
      await refused(await as(wrong, "GET", "/v1/models"), "invalid_browser_token");
    }
  });

  it("limits it on a server without keys too, where it is taken", async () => {
    const { ok, respond, talk, token, forbidden } = world({ TERN_TOKEN_SECRETS: SECRET });
    const { id } = await talk("none");
    const value = await token("none", id);
    await forbidden(respond(value, {}));
    await ok(respond(value, { conversation: id }));
    await refused(await respond("tern_bt_AAAA", {}), "invalid_browser_token");
  });
});

describe("the requests with a browser token", () => {
  it("are counted by themselves, and with those of the tenant", async () => {
    const { as, talk, token, clock } = world({ ...ENV, TERN_REQUESTS_PER_MINUTE: "100" });
    const { id } = await talk("alice");
    const value = await token("alice", id, { requests_per_minute: 2 });
    const other = await token("alice", id, { requests_per_minute: 2 });
    const before = await as("alice", "GET", "/v1/models");
    for (let i = 0; i < 2; i++) assert.equal((await as(value, "GET", "/v1/models")).status, 200);
    const limited = await as(value, "GET", "/v1/models");
    assert.equal((await errorOf(limited, 429)).code, "rate_limit_exceeded");
    assert(Number(limited.headers.get("retry-after")) > 0);
    assert.equal((await as(other, "GET", "/v1/models")).status, 200);
    const after = await as("alice", "GET", "/v1/models");
    const left = (reply: Response) => Number(reply.headers.get("x-ratelimit-remaining-requests"));
    assert(left(before) - left(after) >= 3);
    clock.time += 60_000;
    assert.equal((await as(value, "GET", "/v1/models")).status, 200);
  });

  it("are forgotten of the tokens that were used longest ago", () => {
    const tokens = new BrowserTokens({ secrets: [], now: () => 0 });
    const grant = (n: number) => ({
      id: `bt_${n}`,
      tenant: "t",
      conversation: "c",
      forks: "none" as const,
      expiresAt: 1,
      requestsPerMinute: 1,
    });
    tokens.admitRequest(grant(0));
    assert.throws(() => tokens.admitRequest(grant(0)), /RateLimitError|requests/);
    for (let n = 1; n <= 10_000; n++) tokens.admitRequest(grant(n));
    tokens.admitRequest(grant(0));
  });

  it("are in the log under the token's own name, and the token is not", async () => {
    const { as, ok, talk, token, lines } = world();
    const { id } = await talk("alice");
    const value = await token("alice", id);
    await ok(as(value, "GET", "/v1/models"));
    await new Promise((resolve) => setTimeout(resolve, 0));
    const entry = JSON.parse(lines().at(-1)!);
    assert.match(entry.browser_token, /^bt_/);
    assert.equal(entry.tenant, "@alice");
    assert(!lines().some((line) => line.includes(value)));
  });

  it("may come from pages of the origins in the settings", async () => {
    const origin = "https://app.example";
    const { app, as, talk, token } = world({ ...ENV, TERN_CORS_ORIGINS: origin });
    const preflight = await app().request("/v1/responses", {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      },
    });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get("access-control-allow-headers") ?? "", /authorization/);
    const { id } = await talk("alice");
    const value = await token("alice", id);
    const reply = await as(value, "DELETE", `/v1/conversations/${id}`, undefined, { origin });
    assert.equal(reply.status, 403);
    assert.equal(reply.headers.get("access-control-allow-origin"), origin);
    await reply.body?.cancel();
  });
});

describe("a WebSocket with a browser token", () => {
  /** The events of one message, up to the last. */
  const ask = async (socket: WebSocket, message: object) => {
    // deno-lint-ignore no-explicit-any -- the wire's own shapes
    const events: any[] = [];
    const done = Promise.withResolvers<void>();
    socket.onmessage = ({ data }) => {
      events.push(JSON.parse(data));
      if (/^(response\.(completed|incomplete|failed)|error)$/.test(events.at(-1).type)) {
        done.resolve();
      }
    };
    socket.send(
      JSON.stringify({ type: "response.create", model: "hash", input: "Hi", ...message }),
    );
    await done.promise;
    return events.at(-1);
  };

  it("is opened as a page opens one, and answers in its conversation alone", async () => {
    const { app, talk, token, clock } = world();
    const { id } = await talk("alice");
    const other = await talk("alice");
    const value = await token("alice", id, { requests_per_minute: 20 });
    await using listener = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => app().fetch(request),
    );
    const url = `ws://127.0.0.1:${listener.addr.port}/v1/responses`;
    const socket = new WebSocket(url, ["tern", `tern-token.${value}`]);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    assert.equal(socket.protocol, "tern", "the token is not repeated");
    const answered = await ask(socket, { conversation: id, max_output_tokens: 16 });
    assert.match(answered.type, /completed|incomplete/);
    for (
      const fields of [
        {},
        { conversation: other.id },
        { extra_body: { conversation: other.id } },
        { previous_response_id: other.response },
        { conversation: id, extra_body: { previous_response_id: other.response } },
        { conversation: id, input: { type: "item_reference", id: other.response } },
      ]
    ) {
      const refused = await ask(socket, fields);
      assert.equal(refused.type, "error");
      assert.equal(refused.error?.code ?? refused.code, "browser_token_forbidden");
    }
    clock.time += HOUR_MS;
    const late = await ask(socket, { conversation: id });
    assert.equal(late.error?.code ?? late.code, "expired_browser_token");
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
  });

  it("is not opened with a malformed token, nor with a key in the token's place", async () => {
    const { app } = world();
    await using listener = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => app().fetch(request),
    );
    const url = `ws://127.0.0.1:${listener.addr.port}/v1/responses`;
    for (const protocol of ["tern-token.tern_bt_AAAA", "tern-token.alice", "tern"]) {
      const socket = new WebSocket(
        url,
        ["tern", protocol].filter((p, i, all) => all.indexOf(p) === i),
      );
      const opened = await new Promise((resolve) => {
        socket.onopen = () => resolve(true);
        socket.onerror = () => resolve(false);
      });
      assert.equal(opened, false, protocol);
    }
  });
});
