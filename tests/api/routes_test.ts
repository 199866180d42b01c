import assert from "node:assert/strict";
import { SHARED_ASSETS } from "../../src/api/models/shared_model.ts";
import { describe, it } from "@std/testing/bdd";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { RecordingStore } from "../faults/recording_store.ts";
import { server, StandingClock } from "../faults/world.ts";
import { keyDigests } from "../key_digests.ts";
import { ALL_ROUTES } from "./all_routes.ts";

const KEYS = { alice: "alice-key", bob: "bob-key" } as const;
type Who = keyof typeof KEYS;

/** Bodies for routes that want more than `{}`. */
const BODIES: Readonly<Record<string, object>> = {
  "POST /v1/responses": { model: "hash", input: "Hi", max_output_tokens: 4 },
  "POST /v1/chat/completions": {
    model: "hash",
    messages: [{ role: "user", content: "Hi" }],
    max_tokens: 4,
  },
  "POST /v1/chat/completions/:id": { metadata: { a: "b" } },
  "POST /v1/conversations/:id": { metadata: { a: "b" } },
  "POST /v1/conversations/:id/items": { items: [{ role: "user", content: "Hi" }] },
  "POST /v1/conversations/:id/rewind": { response_id: null },
};

/** Routes whose body is text. */
const TEXTS: ReadonlySet<string> = new Set(["POST /v1/conversations/:id/ingest"]);

interface Route {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body: object | string | undefined;
  readonly parameters: readonly string[];
}

const ROUTES: readonly Route[] = ALL_ROUTES.map(({ name, method, path, request }) => {
  const body = TEXTS.has(name) ? "Hi" : request === undefined ? undefined : BODIES[name] ?? {};
  const parameters = [...path.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter!);
  return { name, method, path, body, parameters };
});

/** The routes that are asked for something of a tenant's by its id. */
const OWNED = ROUTES.filter(({ path, parameters }) =>
  parameters.length > 0 && path.startsWith("/v1/") && !path.startsWith("/v1/models")
);

const fill = (path: string, values: Readonly<Record<string, string>>) =>
  path.replace(/:(\w+)(\{[^}]*\})?/g, (_, name) => encodeURIComponent(values[name] ?? "none"));

/** Two tenants, each with a conversation of two turns and a response beside it. */
async function world() {
  const store = new RecordingStore(new MemoryStore());
  const env = {
    TERN_API_KEYS: keyDigests(...Object.values(KEYS)).join(),
    TERN_METRICS: keyDigests("metrics-key")[0]!,
  };
  const { ask, lines, responses } = server(store, new StandingClock(), env);
  const as = (who: Who, method: string, path: string, body?: unknown) => {
    const authorization = `Bearer ${KEYS[who]}`;
    return typeof body === "string"
      ? ask(method, path, undefined, {
        headers: { authorization, "content-type": "text/plain" },
        body,
      })
      : ask(method, path, body, { headers: { authorization } });
  };
  const make = async (who: Who) => {
    const { id: conversation } = await (await as(who, "POST", "/v1/conversations", {})).json();
    const respond = async (fields: object): Promise<string> => {
      const body = { model: "hash", input: `I am ${who}`, max_output_tokens: 4, ...fields };
      const reply = await as(who, "POST", "/v1/responses", body);
      assert.equal(reply.status, 200);
      return (await reply.json()).id;
    };
    const branch = await respond({ conversation });
    const path = `/v1/conversations/${conversation}`;
    await as(who, "POST", `${path}/rewind`, { response_id: null });
    await respond({ conversation });
    const { data } = await (await as(who, "GET", `${path}/items`)).json();
    const response = await respond({ background: true });
    const chat = { ...BODIES["POST /v1/chat/completions"], store: true };
    const { id } = await (await as(who, "POST", "/v1/chat/completions", chat)).json();
    const completion: string = id;
    return { conversation, branch, response, completion, item: data[0].id as string };
  };
  const made = { alice: await make("alice"), bob: await make("bob") };
  await responses.settled();
  return { ask, as, store, lines, ...made };
}

type Made = Awaited<ReturnType<typeof world>>["alice"];

/** What each parameter of a route names. */
function idsOf({ path }: Route, made: Made): Readonly<Record<string, string>> {
  const id = path.startsWith("/v1/responses")
    ? made.response
    : path.startsWith("/v1/chat")
    ? made.completion
    : made.conversation;
  return { id, item: made.item, response: made.branch };
}

const unknown = (id: string) => id.replace(/[0-9a-f]{48}$/, "0123456789ab".repeat(4));

describe("what is another tenant's", () => {
  for (const route of OWNED) {
    const { name, method, path, body } = route;
    for (const foreign of route.parameters) {
      it(`looks to ${name} as if there were none, by its :${foreign}`, async () => {
        const { ask, as, store, alice, bob } = await world();
        const own = idsOf(route, bob);
        const id = idsOf(route, alice)[foreign]!;
        assert.match(id, /[_-][0-9a-f]{48}$/);
        const before = await as("alice", "GET", `/v1/conversations/${alice.conversation}/items`);
        const told = async (id: string) => {
          store.calls.length = 0;
          const reply = await as("bob", method, fill(path, { ...own, [foreign]: id }), body);
          return {
            status: reply.status,
            body: (await reply.text()).replaceAll(id, "ID"),
            headers: [...reply.headers].filter(([header]) => header !== "x-request-id"),
            calls: store.calls.map((call) => call.replaceAll(id, "ID")),
          };
        };
        const theirs = await told(id);
        assert.equal(theirs.status, 404, theirs.body);
        assert.deepEqual(theirs, await told(unknown(id)));
        const after = await as("alice", "GET", `/v1/conversations/${alice.conversation}/items`);
        assert.equal(await after.text(), await before.text());
        // With an id of one's own it is not that, so that it was the id for which it was.
        if (name === "DELETE /v1/conversations/:id/ingest") {
          const authorization = `Bearer ${KEYS.bob}`;
          const headers = { authorization, "content-type": "text/plain", "upload-complete": "?0" };
          await ask("POST", fill(path, own), undefined, { headers, body: "Hi" });
        }
        const mine = await as("bob", method, fill(path, own), body);
        assert.notEqual(await mine.text(), theirs.body);
      });
    }
  }

  for (
    const [field, id, path] of [
      ["previous_response_id", "response", "/v1/responses"],
      ["conversation", "conversation", "/v1/responses"],
      ["response_id", "branch", "/v1/conversations/:id/fork"],
      ["response_id", "branch", "/v1/conversations/:id/rewind"],
    ] as const
  ) {
    it(`cannot be named as ${field} to ${path}`, async () => {
      const { as, store, alice, bob } = await world();
      const told = async (id: string) => {
        store.calls.length = 0;
        const at = fill(path, { id: bob.conversation });
        const body = { ...BODIES[`POST ${path}`], [field]: id };
        const reply = await as("bob", "POST", at, body);
        return {
          status: reply.status,
          body: await reply.text(),
          calls: store.calls.map((call) => call.replaceAll(id, "ID")),
        };
      };
      const theirs = await told(alice[id]);
      assert.equal(theirs.status, 404, theirs.body);
      assert.deepEqual(theirs, await told(unknown(alice[id])));
    });
  }

  it("saves nobody else a token, and cannot be noticed by what is looked up", async () => {
    const { as, store } = await world();
    const secret = [
      { role: "user", content: "The code is 4711." },
      { role: "assistant", content: "Noted." },
      { role: "user", content: "Repeat it." },
    ];
    const chat = async (who: Who, messages: object) => {
      store.calls.length = 0;
      const body = { model: "hash", messages, max_tokens: 4, seed: 1 };
      const { usage } = await (await as(who, "POST", "/v1/chat/completions", body)).json();
      const lookups = store.calls.filter((call) => call.startsWith("get")).length;
      return { cached: usage.prompt_tokens_details.cached_tokens, lookups };
    };
    await chat("alice", secret.slice(0, 1));
    const body = { model: "hash", messages: secret.slice(0, 1), max_tokens: 4, seed: 1 };
    const first = await (await as("alice", "POST", "/v1/chat/completions", body)).json();
    const { content } = first.choices[0].message;
    const messages = [secret[0]!, { role: "assistant", content }, secret[2]!];
    assert.ok((await chat("alice", messages)).cached > 0, "it saves its own tenant some");
    const guessed = await chat("bob", messages);
    const other = await chat("bob", secret);
    assert.equal(guessed.cached, 0);
    assert.deepEqual(guessed, other);
  });
});

describe("hostile ids", () => {
  const HOSTILE = [
    "..",
    "../../alice",
    "%00",
    "\0",
    "*",
    "resp_",
    "conv_" + "g".repeat(48),
    "resp_" + "F".repeat(48),
    "é".repeat(500),
    "x".repeat(5_000),
    "\u2028",
    "\ufffd",
    "__proto__",
    "constructor",
    "'; DROP TABLE entries; --",
    "a/b",
    "\r\nx-injected: 1",
    "<script>alert(1)</script>",
  ];

  const HEADERS = {
    "accept": "application/xml;q=, */",
    "accept-encoding": "gzip;q=-1",
    "accept-language": "\u00e9".repeat(300),
    "origin": "null",
    "host": "evil.example",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": "evil.example",
    "x-http-method-override": "DELETE",
    "if-none-match": "*",
    "range": "bytes=0-",
    "cookie": "__proto__=1",
    "last-event-id": "-1",
  };

  for (const route of OWNED) {
    it(`find nothing by ${route.name}, and never reach the store`, async () => {
      const { as, store, bob, lines } = await world();
      const own = idsOf(route, bob);
      for (const parameter of route.parameters) {
        for (const hostile of HOSTILE) {
          store.calls.length = 0;
          const path = fill(route.path, { ...own, [parameter]: hostile });
          const reply = await as("bob", route.method, path, route.body);
          const text = await reply.text();
          assert.equal(reply.status, 404, `${JSON.stringify(hostile)}: ${text}`);
          assert.ok(JSON.parse(text).error.message, text);
          assert.equal(reply.headers.get("x-injected"), null);
          const encoded = JSON.stringify(hostile).slice(1, -1);
          const reached = store.calls.filter((call) => call.includes(`"${encoded}"`));
          assert.deepEqual(reached, [], JSON.stringify(hostile));
        }
      }
      assert.deepEqual(lines.filter((line) => line.includes('"error"')), []);
    });
  }

  for (const route of ROUTES.filter(({ path }) => path.startsWith("/v1/"))) {
    it(`and headers do ${route.name} no harm`, async () => {
      const { ask, bob } = await world();
      const path = fill(route.path, idsOf(route, bob));
      const authorization = `Bearer ${KEYS.bob}`;
      const plain = await ask(route.method, path, route.body, { headers: { authorization } });
      for (const requestId of ["a".repeat(10_000), "<script>", "\u00ff"]) {
        const { ask, bob } = await world();
        const own = fill(route.path, idsOf(route, bob));
        const headers = { ...HEADERS, authorization, "x-request-id": requestId };
        const reply = await ask(route.method, own, route.body, { headers });
        const text = await reply.text();
        assert.equal(reply.status, plain.status, text);
        assert.match(reply.headers.get("x-request-id") ?? "", /^[\w-]{1,255}$/);
        assert.equal(reply.headers.get("access-control-allow-origin"), null);
      }
    });
  }
});

describe("a route without the right key", () => {
  const WRONG = [
    undefined,
    "",
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    `Bearer ${KEYS.bob}x`,
    `Bearer ${KEYS.bob} ${KEYS.alice}`,
    `Bearer ${KEYS.bob}, Bearer ${KEYS.alice}`,
    `Basic ${btoa(`bob:${KEYS.bob}`)}`,
    `Token ${KEYS.bob}`,
    KEYS.bob,
    KEYS.bob.toUpperCase(),
    "Bearer sha256:" + "0".repeat(64),
    "Bearer " + "a".repeat(100_000),
    "Bearer \u00ff",
  ];

  for (const route of ROUTES.filter(({ path }) => path.startsWith("/v1/"))) {
    it(`tells nothing: ${route.name}`, async () => {
      const { ask, store, bob } = await world();
      const path = fill(route.path, idsOf(route, bob));
      store.calls.length = 0;
      const replies = new Set<string>();
      for (const authorization of WRONG) {
        for (const at of [path, `${path}?api_key=${KEYS.bob}`]) {
          const headers = authorization === undefined ? {} : { authorization };
          const reply = await ask(route.method, at, route.body, { headers });
          assert.equal(reply.status, 401, `${authorization} ${await reply.clone().text()}`);
          assert.ok(reply.headers.get("www-authenticate")?.startsWith("Bearer"));
          replies.add(await reply.text());
        }
      }
      assert.ok(replies.size <= 2, "there are as many replies as: none given, and a wrong one");
      assert.deepEqual(store.calls, []);
    });
  }

  it("outside of the API is open, or has its own key", async () => {
    const { ask } = await world();
    for (const { name, method, path } of ROUTES.filter(({ path }) => !path.startsWith("/v1/"))) {
      const bare = await ask(method, path);
      const keyed = path === "/metrics" || path.endsWith("tokenize");
      // This server shares no model with pages.
      const expected = keyed ? 401 : path.replace("/assets/", "") in SHARED_ASSETS ? 404 : 200;
      assert.equal(bare.status, expected, name);
      await bare.body?.cancel();
    }
    for (const [key, status] of [[KEYS.bob, 401], ["metrics-key", 200]] as const) {
      const headers = { authorization: `Bearer ${key}` };
      assert.equal((await ask("GET", "/metrics", undefined, { headers })).status, status);
    }
  });
});
