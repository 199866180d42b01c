import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SocketPlaces, TooManySocketsError } from "../../src/api/responses/socket_places.ts";
import type { OpenSocket } from "../../src/api/responses/socket.ts";
import { harness, type HarnessOptions, settle } from "./harness.ts";

/** An event of a socket. */
// deno-lint-ignore no-explicit-any -- the wire's own shapes, which the tests look into
type Event = Record<string, any>;

const CREATE = { type: "response.create", model: "tern-test", input: "Hi" };
const LAST = /^(response\.(completed|incomplete|failed)|error)$/;

/** A client of a socket. */
class Client {
  readonly events: Event[] = [];
  readonly closed: Promise<CloseEvent>;
  readonly #socket: WebSocket;
  #changed = Promise.withResolvers<void>();

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.addEventListener("close", resolve));
    socket.addEventListener("message", ({ data }) => {
      this.events.push(JSON.parse(data));
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    });
  }

  send(message: unknown): void {
    this.#socket.send(
      typeof message === "string" || message instanceof Uint8Array
        ? message as string
        : JSON.stringify(message),
    );
  }

  /** Waits until an event matches that was not taken before. */
  async take(matches: (event: Event) => boolean): Promise<Event> {
    for (;;) {
      const at = this.events.findIndex(matches);
      if (at >= 0) return this.events.splice(0, at + 1).at(-1)!;
      await this.#changed.promise;
    }
  }

  /** Asks for a response, and waits for the last of its events. */
  ask(fields: object = {}): Promise<Event> {
    this.send({ ...CREATE, ...fields });
    return this.take(({ type }) => LAST.test(type));
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}

describe("a socket of /v1/responses", () => {
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  function serve(options: HarnessOptions = {}) {
    const found = harness(options);
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, found.app.fetch);
    closing.push(() => server.shutdown());
    const url = `127.0.0.1:${server.addr.port}/v1/responses`;
    const connect = async (headers: Record<string, string> = {}) => {
      const socket = new WebSocket(`ws://${url}`, { headers });
      await new Promise<void>((resolve, reject) => {
        socket.onopen = () => resolve();
        socket.onerror = (event) => reject(event);
      });
      const client = new Client(socket);
      closing.push(() => client.close());
      return client;
    };
    return { ...found, url: `http://${url}`, connect };
  }

  it("sends the events of a stream, each as one message", async () => {
    const { connect, app } = serve();
    const client = await connect();
    client.send(CREATE);
    const last = await client.take(({ type }) => (type === "response.completed"));
    assert.equal(last["response"].output[0].content[0].text, "Hello, world");
    const again = await app.request(`/v1/responses/${last["response"].id}?stream=true`);
    const text = await again.text();
    assert(text.includes(`data: ${JSON.stringify(last)}\n`), "the same event as over HTTP");
  });

  it("names in the first event what it ignored", async () => {
    const { connect, lines } = serve();
    const client = await connect();
    client.send({ ...CREATE, reasoning: { effort: "low" }, keep_alive: "5m" });
    const created = await client.take(({ type }) => type === "response.created");
    assert.deepEqual(created["ignored"].toSorted(), ["keep_alive", "reasoning"].toSorted());
    await client.take(({ type }) => LAST.test(type));
    client.send(CREATE);
    const other = await client.take(({ type }) => type === "response.created");
    assert.equal("ignored" in other, false);
    await client.take(({ type }) => LAST.test(type));
    assert.equal(lines.filter((line) => line.includes('"field ignored"')).length, 2);
    // As with posted requests, places are those in the client's own list.
    client.send({ ...CREATE, input: [{ type: "reasoning" }, { role: "user", content: 4 }] });
    const failed = await client.take(({ type }) => type === "error");
    assert.equal(failed["error"].param, "input[1].content");
  });

  it("answers one message after the other", async () => {
    const { connect } = serve();
    const client = await connect();
    for (let i = 0; i < 3; i++) client.send(CREATE);
    for (let i = 0; i < 3; i++) {
      await client.take(({ type, sequence_number }) => {
        return type === "response.created" && sequence_number === 0;
      });
      await client.take(({ type }) => type === "response.completed");
    }
  });

  it("sends an event after a silence where the runtime cannot ping, and only there", async () => {
    const openSocket: OpenSocket = (request) => ({
      ...Deno.upgradeWebSocket(request),
      pings: false,
    });
    const gate = Promise.withResolvers<string>();
    const { connect } = serve({ openSocket, heartbeatMs: 5, script: { pieces: [gate.promise] } });
    const client = await connect();
    const isKeepAlive = ({ type }: Event) => type === "tern.keep_alive";
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(await client.take(isKeepAlive), { type: "tern.keep_alive" });
    }
    client.send(CREATE);
    await client.take(({ type }) => type === "response.created");
    for (let i = 0; i < 3; i++) await client.take(isKeepAlive);
    gate.resolve("at last");
    const { response } = await client.take(({ type }) => type === "response.completed");
    assert.equal(response.output[0].content[0].text, "at last");
    const pinged = await serve({ heartbeatMs: 5 }).connect();
    for (let i = 0; i < 3; i++) await client.take(isKeepAlive);
    assert.deepEqual(pinged.events, []);
  });

  it("answers an empty message with an error, and those after it", async () => {
    const { connect } = serve();
    const client = await connect();
    for (const message of ["", CREATE, "", "", " "]) client.send(message);
    const ends: unknown[] = [];
    while (ends.length < 5) {
      const { type, error } = await client.take(({ type }) => LAST.test(type));
      ends.push(error?.code ?? type);
    }
    const wrong = "invalid_json";
    assert.deepEqual(ends, [wrong, "response.completed", wrong, wrong, wrong]);
    assert.equal((await client.ask())["type"], "response.completed");
  });

  it("goes on from a response that is not stored, as long as it is the last", async () => {
    const { connect, chat } = serve();
    const client = await connect();
    const first = await client.ask({ store: false });
    assert.equal(chat.request.ephemeral, true);
    const previous_response_id = first["response"].id;
    const second = await client.ask({ store: false, previous_response_id, input: "And?" });
    assert.equal(second["type"], "response.completed");
    assert.deepEqual(chat.request.kept?.messages, [
      { role: "user", text: "Hi" },
      { role: "assistant", text: "Hello, world" },
    ]);
    assert.equal(chat.request.previous, undefined);
    const third = await client.ask({ store: false, previous_response_id });
    assert.equal(third["error"].code, "previous_response_not_found");
    const other = await (await connect()).ask({
      store: false,
      previous_response_id: second["response"].id,
    });
    assert.equal(other["status"], 404);
    assert.equal(other["error"].code, "previous_response_not_found");
  });

  it("goes on from stored ones, whichever socket they came from", async () => {
    const { connect, chat } = serve();
    const first = await (await connect()).ask();
    const fields = { previous_response_id: first["response"].id };
    for (const store of [true, false]) {
      const event = await (await connect()).ask({ ...fields, store });
      assert.equal(event["type"], "response.completed");
      assert.equal(chat.request.previous, first["response"].id);
    }
  });

  it("forgets a response that it failed to go on from", async () => {
    const { connect, chat } = serve();
    const client = await connect();
    const { response: { id } } = await client.ask({ store: false }) as { response: { id: string } };
    chat.script = { pieces: ["a"], streamError: new Error("secret") };
    const failed = await client.ask({ store: false, previous_response_id: id });
    assert.equal(failed["type"], "error");
    await client.take(({ type }) => type === "response.failed");
    chat.script = { pieces: ["a"] };
    const gone = await client.ask({ store: false, previous_response_id: id });
    assert.equal(gone["error"].code, "previous_response_not_found");
  });

  it("knows the calls of what it keeps", async () => {
    const { connect } = serve();
    const client = await connect();
    const call = { type: "function_call", call_id: "c", name: "f", arguments: "{}" };
    const result = (call_id: string) => ({ type: "function_call_output", call_id, output: "1" });
    const input = [{ role: "user", content: "Hi" }, call, result("c")];
    const first = await client.ask({ store: false, input });
    const fields = { store: false, previous_response_id: first["response"].id };
    const second = await client.ask({ ...fields, input: [result("c")] });
    assert.equal(second["type"], "response.completed");
    fields.previous_response_id = second["response"].id;
    const stray = await client.ask({ ...fields, input: [result("d")] });
    assert.equal(stray["error"].param, "input[0].call_id");
  });

  it("does not store what goes on from what is not stored", async () => {
    const { connect } = serve();
    const client = await connect();
    const first = await client.ask({ store: false });
    const event = await client.ask({ previous_response_id: first["response"].id });
    assert.equal(event["error"].param, "store");
  });

  it("only reads where there is to be no answer", async () => {
    const { connect, chat } = serve();
    const client = await connect();
    const read = await client.ask({ generate: false });
    assert.deepEqual(read["response"].output, []);
    assert.equal(chat.request.readOnly, true);
    const next = await client.ask({ previous_response_id: read["response"].id });
    assert.equal(next["type"], "response.completed");
    assert.equal(chat.request.previous, read["response"].id);
  });

  for (
    const [message, param, code] of [
      ["{", null, "invalid_json"],
      ["[]", null, "invalid_type"],
      [{ ...CREATE, type: "response.steer" }, "type", "invalid_value"],
      [{ ...CREATE, type: undefined }, "type", "missing_required_parameter"],
      [{ ...CREATE, generate: "no" }, "generate", "invalid_type"],
      [{ ...CREATE, stream: false }, "stream", "invalid_value"],
      [{ ...CREATE, background: true }, "background", "unsupported_parameter"],
      [{ ...CREATE, nonsense: 1 }, "nonsense", "unknown_parameter"],
      [{ ...CREATE, temperature: -9 }, "temperature", "invalid_value"],
      [{ ...CREATE, store: false, conversation: "conv_1" }, "conversation", "invalid_value"],
      [{ ...CREATE, model: "gpt-5" }, "model", "model_not_found"],
    ] as const
  ) {
    it(`tells what is wrong, and goes on: ${JSON.stringify(message).slice(0, 80)}`, async () => {
      const { connect } = serve({ strict: true });
      const client = await connect();
      client.send(message);
      const { status, error } = await client.take(({ type }) => type === "error");
      assert.equal(status, param === "model" ? 404 : 400);
      assert.deepEqual([error.param, error.code], [param, code]);
      assert.equal((await client.ask())["type"], "response.completed");
    });
  }

  it("closes when a message is too large, or no text", async () => {
    const { connect } = serve({ maxBodyBytes: 1_000 });
    const large = await connect();
    large.send({ ...CREATE, input: "é".repeat(500) });
    assert.equal((await large.closed).code, 1009);
    assert.equal(large.events[0]?.["error"].code, "request_too_large");
    const binary = await connect();
    binary.send(new Uint8Array(3));
    assert.equal((await binary.closed).code, 1003);
  });

  it("lets so many messages wait, and no more", async () => {
    const never = new Promise<string>(() => {});
    const { connect } = serve({ script: { pieces: [never] } });
    const client = await connect();
    for (let i = 0; i < 18; i++) client.send(CREATE);
    const { status, error } = await client.take(({ type }) => type === "error");
    assert.deepEqual([status, error.code], [429, "queue_full"]);
  });

  it("are as many for each key as it may have, and others when they close", async () => {
    const sockets = { places: new SocketPlaces(2), idleMs: 60_000 };
    const { connect, app, url } = serve({ keys: ["sk-a", "sk-b"], sockets });
    const as = (key: string) => ({ authorization: `Bearer sk-${key}` });
    const [first] = [await connect(as("a")), await connect(as("a"))];
    await assert.rejects(connect(as("a")));
    const upgrade = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
    const reply = await app.request(url, { headers: { ...as("a"), ...upgrade } });
    assert.equal(reply.status, 429);
    assert.equal((await reply.json()).error.code, "too_many_sockets");
    assert.equal((await (await connect(as("b"))).ask())["type"], "response.completed");
    await first!.close();
    while ((await connect(as("a")).catch(() => undefined)) === undefined) await settle();
  });

  it("gives its place back when it cannot be opened", async () => {
    const places = new SocketPlaces(1);
    const openSocket = () => {
      throw new TypeError("no upgrade");
    };
    const { app } = harness({ sockets: { places, idleMs: 60_000 }, openSocket });
    const headers = { connection: "Upgrade", upgrade: "websocket" };
    for (let i = 0; i < 3; i++) {
      assert.equal((await app.request("/v1/responses", { headers })).status, 500);
    }
    const leave = places.enter("anonymous");
    assert.throws(() => places.enter("anonymous"), TooManySocketsError);
    leave();
    leave();
    places.enter("anonymous");
    assert.throws(() => places.enter("anonymous"), TooManySocketsError);
  });

  it("closes when nothing is asked, but not while it answers", async () => {
    const piece = Promise.withResolvers<string>();
    const { connect } = serve({
      script: { pieces: ["a", piece.promise] },
      sockets: { places: new SocketPlaces(9), idleMs: 50 },
    });
    const client = await connect();
    client.send(CREATE);
    await client.take(({ type }) => type === "response.output_text.delta");
    await new Promise((resolve) => setTimeout(resolve, 200));
    piece.resolve("b");
    await client.take(({ type }) => type === "response.completed");
    const { code, reason } = await client.closed;
    assert.deepEqual([code, reason], [1001, "Nothing was asked"]);
  });

  it("counts each message as a request", async () => {
    const { connect } = serve({ rates: { requests: 3, tokens: 0 } });
    const client = await connect();
    for (let i = 0; i < 2; i++) assert.equal((await client.ask())["type"], "response.completed");
    const { status, error, headers } = await client.ask();
    assert.deepEqual([status, error.code], [429, "rate_limit_exceeded"]);
    assert(headers["retry-after"]);
  });

  it("ends what is made for it when it closes: a stored response pauses", async () => {
    const never = new Promise<string>(() => {});
    const { connect, chat, app } = serve({ script: { pieces: ["a", never] } });
    for (const store of [true, false]) {
      const client = await connect();
      client.send({ ...CREATE, store });
      const { response } = await client.take(({ type }) => type === "response.created");
      await client.take(({ type }) => type === "response.output_text.delta");
      const { signal } = chat.request;
      await client.close();
      while (!signal.aborted) await settle();
      if (!store) continue;
      chat.script = { pieces: ["a", "b"] };
      const again = await (await app.request(`/v1/responses/${response.id}?stream=true`)).text();
      assert.match(again, /"text":"ab"/);
      chat.script = { pieces: ["a", never] };
    }
  });

  it("asks for a key, as all routes do", async () => {
    const { connect } = serve({ keys: ["sk-right"] });
    await assert.rejects(connect());
    const client = await connect({ authorization: "Bearer sk-right" });
    assert.equal((await client.ask())["type"], "response.completed");
  });

  it("is not for pages of other origins, unless they are listed", async () => {
    const { connect, url } = serve({ corsOrigins: ["https://app.example"] });
    await assert.rejects(connect({ origin: "https://other.example" }));
    await assert.rejects(connect({ origin: "null" }));
    for (const origin of ["https://app.example", new URL(url).origin]) {
      assert.equal((await (await connect({ origin })).ask())["type"], "response.completed");
    }
  });

  it("is what GET is for", async () => {
    const { app } = harness();
    const reply = await app.request("/v1/responses");
    assert.equal(reply.status, 426);
    assert.equal(reply.headers.get("upgrade"), "websocket");
    assert.equal((await reply.json()).error.code, "upgrade_required");
  });
});
