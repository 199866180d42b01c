import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { Fuzz } from "../fuzz.ts";
import { keyDigests } from "../key_digests.ts";
import { Oracle, type Said, textOf, TOKENS } from "./oracle.ts";
import { StaleStore } from "./stale_store.ts";
import { LEASE_MS, server, StandingClock, type TestServer } from "./world.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const created = async (reply: Response): Promise<string> => (await reply.json()).id;

/** A response with short answers. */
const body = (fields: object) => ({ model: "hash", max_output_tokens: TOKENS, seed: 1, ...fields });

async function said({ ask }: Pick<TestServer, "ask">, conversation: string): Promise<Said[]> {
  const reply = await ask("GET", `/v1/conversations/${conversation}/items?order=asc&limit=100`);
  const { data } = await reply.json();
  return data.map(({ role, content }: { role: string; content: { text: string }[] }) =>
    [role, content[0]!.text] as const
  );
}

describe("a stored value with a bit that fell over", () => {
  it("is never taken for what it was, whichever value it is, and stops nothing else", async () => {
    const fuzz = new Fuzz("damage");
    const clock = new StandingClock();
    const store = new MemoryStore({ now: clock.now });
    const { ask, responses } = server(store, clock);
    const items = [{ role: "user", content: "Remember the sea." }];
    const conversation = await created(await ask("POST", "/v1/conversations", { items }));
    const response = await created(
      await ask("POST", "/v1/responses", body({ conversation, input: "Hello" })),
    );
    const path = `/v1/conversations/${conversation}`;
    await ask("POST", `${path}/items`, { items });
    await ask("POST", "/v1/responses", body({ input: "Later", background: true }));
    await responses.settled();
    const looks = [
      `/v1/responses/${response}`,
      `/v1/responses/${response}?stream=true`,
      `/v1/responses/${response}/input_items`,
      path,
      `${path}/items`,
      `${path}/branches`,
    ];
    const look = (path: string) => server(store, clock).ask("GET", path);
    const sound = await Promise.all(looks.map(async (path) => await (await look(path)).text()));
    const next = () =>
      ask(
        "POST",
        "/v1/responses",
        body({ input: "Go on", store: false, previous_response_id: response }),
      );
    const continued = textOf(await (await next()).json());

    const entries = await Array.fromAsync(store.list([]));
    let noticed = 0;
    for (const { key, value } of entries.filter(({ value }) => value.length > 0)) {
      const damaged = value.slice();
      damaged[fuzz.below(value.length)]! ^= 1 << fuzz.below(8);
      await store.commit({ writes: [{ key, value: damaged }] });
      for (const [i, path] of looks.entries()) {
        const reply = await look(path);
        const text = await reply.text();
        if (text === sound[i]) continue;
        noticed++;
        assert.ok(reply.status >= 400 || text.includes("event: error"), `${key}: ${text}`);
        assert.ok(!text.includes("response.completed"), `${key}: ${text}`);
      }
      const reply = await next();
      if (reply.status === 200) assert.equal(textOf(await reply.json()), continued, `${key}`);
      else assert.match((await reply.json()).error.message, /cannot be (used|read)/);
      const other = await ask("POST", "/v1/responses", body({ input: "Something else" }));
      assert.equal(other.status, 200, `${key}: ${await other.text()}`);
      await responses.sweep();
      await responses.settled();
      await store.commit({ writes: [{ key, value }] });
    }
    assert.ok(noticed > 5, `${noticed}`);
  });
});

describe("a stored value that is gone, as after an eviction", () => {
  it("is missed, and nothing else is served in its place, whichever it is", async () => {
    const clock = new StandingClock();
    const store = new MemoryStore({ now: clock.now });
    const { ask, responses } = server(store, clock);
    const items = [{ role: "user", content: "Remember the sea." }];
    const conversation = await created(await ask("POST", "/v1/conversations", { items }));
    const response = await created(
      await ask("POST", "/v1/responses", body({ conversation, input: "Hello" })),
    );
    const path = `/v1/conversations/${conversation}`;
    await ask("POST", `${path}/items`, { items });
    await ask("POST", "/v1/responses", body({ input: "Later", background: true }));
    await responses.settled();
    const looks = [
      `/v1/responses/${response}`,
      `/v1/responses/${response}?stream=true`,
      `/v1/responses/${response}/input_items`,
      path,
      `${path}/items`,
      `${path}/branches`,
    ];
    const look = (path: string) => server(store, clock).ask("GET", path);
    const sound = await Promise.all(looks.map(async (path) => await (await look(path)).text()));
    const next = () =>
      ask(
        "POST",
        "/v1/responses",
        body({ input: "Go on", store: false, previous_response_id: response }),
      );
    const continued = textOf(await (await next()).json());

    const entries = await Array.fromAsync(store.list([]));
    let noticed = 0;
    for (const { key, value } of entries.filter(({ value }) => value.length > 0)) {
      await store.commit({ writes: [{ key, delete: true }] });
      for (const [i, path] of looks.entries()) {
        const reply = await look(path);
        const text = await reply.text();
        if (text === sound[i]) continue;
        noticed++;
        assert.ok(reply.status >= 400 || text.includes("event: error"), `${key}: ${text}`);
        assert.ok(!text.includes("response.completed"), `${key}: ${text}`);
      }
      const reply = await next();
      if (reply.status === 200) assert.equal(textOf(await reply.json()), continued, `${key}`);
      else assert.match((await reply.json()).error.message, /cannot be (used|read)|was not found/);
      const other = await ask("POST", "/v1/responses", body({ input: "Something else" }));
      assert.equal(other.status, 200, `${key}: ${await other.text()}`);
      await responses.sweep();
      await responses.settled();
      await store.commit({ writes: [{ key, value }] });
    }
    assert.ok(noticed > 5, `${noticed}`);
  });
});

describe("a read that is older than the last write", () => {
  it("decides nothing, whichever it is", async () => {
    const oracle = new Oracle();
    for (let at = 1, reads = Infinity; at <= reads; at++) {
      const clock = new StandingClock();
      const store = new MemoryStore({ now: clock.now });
      const stale = new StaleStore(store, at);
      const front = server(stale, clock);
      const back = server(store, clock);
      const conversation = await created(await back.ask("POST", "/v1/conversations", {}));
      // Who waits for a lease to expire is not to wait for ever.
      const ticking = setInterval(() => clock.time += LEASE_MS + 1, 40);
      using _ = { [Symbol.dispose]: () => clearInterval(ticking) };
      for (const input of ["Hello", "And then?"]) {
        const before = await said(back, conversation);
        const fields = { conversation, input };
        let reply = await front.ask("POST", "/v1/responses", body(fields));
        let text = await reply.text();
        // It may be refused, or not be found. Then it is not half there.
        for (let attempt = 0; reply.status !== 200 && attempt < 3; attempt++) {
          assert.ok([404, 409, 400, 503].includes(reply.status), `read ${at}: ${text}`);
          await front.responses.settled();
          clock.time += LEASE_MS + 1;
          await back.responses.sweep();
          await back.responses.settled();
          if ((await said(back, conversation)).length > before.length) break;
          reply = await front.ask("POST", "/v1/responses", body(fields));
          text = await reply.text();
        }
        const asked: Said[] = [...before, ["user", input]];
        const answer = await oracle.answer(asked, 1);
        assert.deepEqual(
          await said(back, conversation),
          [...asked, ["assistant", answer]],
          `read ${at}`,
        );
      }
      reads = stale.reads;
    }
  });
});

describe("tenants who all leave in the middle, at random", () => {
  it("never see a word of each other, and leave nothing running", async () => {
    const fuzz = new Fuzz("canaries");
    const oracle = new Oracle();
    const clock = new StandingClock();
    const tenants = Array.from({ length: 6 }, (_, i) => `key-${i}`);
    const all = server(new MemoryStore({ now: clock.now }), clock, {
      TERN_API_KEYS: keyDigests(...tenants).join(),
      TERN_MAX_RUNNING: "4",
    });
    const hold = async (key: string) => {
      const canary = `canary of ${key}`;
      const ask: TestServer["ask"] = (method, path, body, init = {}) =>
        all.ask(method, path, body, { ...init, headers: { authorization: `Bearer ${key}` } });
      const conversation = await created(await ask("POST", "/v1/conversations", {}));
      for (let turn = 0; turn < 12; turn++) {
        const gone = new AbortController();
        const stream = fuzz.below(2) === 0;
        const fields = { conversation, input: `${canary}, turn ${turn}`, stream };
        const leaves = fuzz.below(2) === 0;
        if (leaves) setTimeout(() => gone.abort(), fuzz.below(6));
        try {
          const reply = await ask("POST", "/v1/responses", body(fields), { signal: gone.signal });
          const text = await reply.text();
          assert.ok(leaves || [200, 409].includes(reply.status), text);
          for (const other of tenants) {
            assert.ok(other === key || !text.includes(other), `${key} saw ${other}`);
          }
        } catch (error) {
          if (!gone.signal.aborted) throw error;
        }
      }
      await all.responses.settled();
      const history = await said({ ask }, conversation);
      for (const [i, [role, text]] of history.entries()) {
        if (role === "user") assert.ok(text.startsWith(canary), text);
        else assert.equal(text, await oracle.answer(history.slice(0, i), 1));
      }
    };
    await Promise.all(tenants.map(hold));
    await all.responses.settled();
    assert.deepEqual(all.lines.filter((line) => line.includes('"level":"error"')), []);
  });
});

describe("a storm of readers", () => {
  it("who leave and come, some of them slow, changes nothing of a response", async () => {
    const fuzz = new Fuzz("storm");
    const clock = new StandingClock();
    const { ask, responses } = server(new MemoryStore({ now: clock.now }), clock);
    const long = body({ input: "Long", background: true, max_output_tokens: 400 });
    const id = await created(await ask("POST", "/v1/responses", long));
    const path = `/v1/responses/${id}?stream=true`;
    const readers = Array.from({ length: 150 }, async (_, reader) => {
      const stream = (await ask("GET", path)).body!.getReader();
      const frames = 1 + fuzz.below(40);
      for (let i = 0; i < frames; i++) {
        if ((await stream.read()).done) break;
        if (reader % 10 === 0) await pause(1);
      }
      await stream.cancel();
    });
    await Promise.all(readers);
    await responses.settled();
    const [whole, again] = [
      await (await ask("GET", path)).text(),
      await (await ask("GET", path)).text(),
    ];
    assert.ok(whole.endsWith("data: [DONE]\n\n"));
    assert.ok(whole === again);
    const numbers = [...whole.matchAll(/"sequence_number":(\d+)/g)].map(([, n]) => Number(n));
    assert.deepEqual(numbers, numbers.map((_, i) => i));
  });
});

describe("a cursor", () => {
  it("of a response that is gone, or another's, finds nothing; one beyond the end, the end", async () => {
    const clock = new StandingClock();
    const { ask } = server(new MemoryStore(), clock, {
      TERN_API_KEYS: keyDigests("alice", "bob").join(),
    });
    const as = (key: string, method: string, path: string, body?: unknown) =>
      ask(method, path, body, { headers: { authorization: `Bearer ${key}` } });
    const id = await created(await as("alice", "POST", "/v1/responses", body({ input: "Hi" })));
    const path = `/v1/responses/${id}`;
    for (const after of ["0", "3", "999999999999999"]) {
      const at = `${path}?stream=true&starting_after=${after}`;
      assert.equal((await as("bob", "GET", at)).status, 404);
      assert.match(await (await as("alice", "GET", at)).text(), /data: \[DONE\]\n\n$/);
    }
    for (
      const after of ["-1", "-0", "NaN", "Infinity", "1e9", "0x1", " 1", "1".repeat(400), "1%00"]
    ) {
      const at = `${path}?stream=true&starting_after=${after}`;
      assert.equal((await as("alice", "GET", at)).status, 400, after);
    }
    await as("alice", "DELETE", path);
    assert.equal((await as("alice", "GET", `${path}?stream=true&starting_after=0`)).status, 404);
  });
});

describe("requests that want too much", () => {
  const deep = "[".repeat(50_000) + "]".repeat(50_000);
  const nested = (depth: number): object =>
    depth === 0 ? { type: "string" } : { type: "array", items: nested(depth - 1) };
  const chat = (fields: object) => ({
    model: "hash",
    messages: [{ role: "user", content: "Hi" }],
    ...fields,
  });
  const format = (schema: object) => ({
    type: "json_schema",
    json_schema: { name: "x", schema, strict: true },
  });
  const CASES: readonly (readonly [what: string, path: string, body: unknown])[] = [
    ["bodies", "/v1/responses", body({ input: "x".repeat(2_000_000) })],
    ["stop sequences", "/v1/chat/completions", chat({ stop: Array(1_000).fill("x") })],
    ["choices", "/v1/chat/completions", chat({ n: 1_000_000 })],
    ["deep schemas", "/v1/chat/completions", chat({ response_format: format(nested(500)) })],
    [
      "wide schemas",
      "/v1/chat/completions",
      chat({
        response_format: format({
          type: "object",
          properties: Object.fromEntries(
            Array.from({ length: 20_000 }, (_, i) => [`p${i}`, { type: "string" }]),
          ),
        }),
      }),
    ],
    ["metadata", "/v1/conversations", { metadata: { a: "x".repeat(100_000) } }],
    ["items", "/v1/conversations", { items: Array(10_000).fill({ role: "user", content: "x" }) }],
    ["biases", "/v1/chat/completions", chat({ logit_bias: { "0": 1e308 } })],
    ["tokens", "/v1/responses", body({ input: "x", max_output_tokens: "many" })],
  ];
  for (const [what, path, request] of CASES) {
    it(`of ${what} are refused, and the next one is answered`, async () => {
      const { ask } = server(new MemoryStore(), new StandingClock());
      const reply = await ask("POST", path, request);
      const text = await reply.text();
      assert.ok(reply.status >= 400 && reply.status < 500, `${reply.status} ${text.slice(0, 200)}`);
      assert.ok(text.length < 2_000, `${text.length}`);
      assert.equal((await ask("POST", "/v1/responses", body({ input: "Hi" }))).status, 200);
    });
  }

  it("of nesting are refused before anything reads it", async () => {
    const { ask } = server(new MemoryStore(), new StandingClock());
    const reply = await ask("POST", "/v1/responses", undefined, {
      body: `{"model":"hash","input":${deep}}`,
      headers: { "content-type": "application/json" },
    });
    assert.equal(reply.status, 400);
  });
});
