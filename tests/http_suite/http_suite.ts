import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import project from "../../deno.json" with { type: "json" };
import { toKeyDigest } from "../../src/api/access/key_entry.ts";
import { parsePrometheus } from "../telemetry/prometheus_lines.ts";
import { errorOf } from "../error_of.ts";
import { ApiClient, type ApiResponse, eventsOf, textOf } from "./client.ts";
import { SocketClient } from "./socket_client.ts";

/** A server that runs. */
export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
  /** Ends the server in the middle of whatever it does, and starts it again over the same store. */
  restart(): Promise<RunningServer>;
}

const MODEL = "tern-7m";
const ORIGIN = "https://app.example";
const BODY_LIMIT = 65_536;
/** Of the state of the embedded model, sealed, with room to spare. */
const SEALED_LIMIT = 1_000_000;

/** Sampled least: equal texts then mean equal choices, whatever the seed. */
const GREEDY = { model: MODEL, temperature: 0 };

const request = (input: string, previous?: ApiResponse, more: object = {}) => ({
  ...GREEDY,
  input,
  max_output_tokens: 24,
  ...(previous === undefined ? {} : { previous_response_id: previous.id }),
  ...more,
});

const cached = ({ usage }: ApiResponse) => usage?.input_tokens_details.cached_tokens;
const total = ({ usage }: ApiResponse) => usage?.total_tokens ?? assert.fail("no usage");

/**
 * What every server has to do, whatever it runs on. It is spoken to over HTTP alone.
 *
 * @param start starts a server with the embedded model and these settings
 */
export function testHttpApi(
  name: string,
  start: (settings: Record<string, string>) => Promise<RunningServer>,
): void {
  describe(`${name}: the HTTP API`, () => {
    let server: RunningServer;
    let alpha: ApiClient;
    let beta: ApiClient;
    let stranger: ApiClient;

    const connect = (running: RunningServer) => {
      server = running;
      alpha = new ApiClient(server.url, "alpha");
      beta = new ApiClient(server.url, "beta");
      stranger = new ApiClient(server.url);
    };

    beforeAll(async () => {
      connect(
        await start({
          TERN_API_KEYS: `${await toKeyDigest("alpha")},${await toKeyDigest("beta")}`,
          TERN_METRICS: await toKeyDigest("watch"),
          TERN_CORS_ORIGINS: ORIGIN,
          TERN_MAX_BODY_BYTES: `${BODY_LIMIT}`,
        }),
      );
    });

    afterAll(() => server.stop());

    it("is healthy, for whoever asks", async () => {
      const reply = await stranger.fetch("/health");
      assert.equal(reply.status, 200);
      assert.equal((await reply.json()).status, "ok");
      const ready = await stranger.fetch("/health/ready");
      assert.equal(ready.status, 200);
      assert.deepEqual(await ready.json(), { status: "ok", store: "ok", model: "ok" });
    });

    it("serves pages that may run their own scripts and nothing else", async () => {
      for (const path of ["/", "/docs"]) {
        const reply = await stranger.fetch(path);
        assert.equal(reply.status, 200);
        const policy = reply.headers.get("content-security-policy") ?? "";
        assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
        const assets = [...(await reply.text()).matchAll(/"(\/assets\/[^"]+)"/g)];
        assert.ok(assets.length > 0);
        for (const [, address] of assets) {
          const asset = await stranger.fetch(address!);
          assert.equal(asset.status, 200, address);
          assert.match(asset.headers.get("cache-control") ?? "", /immutable/);
          assert.ok((await asset.text()).length > 1_000, address);
        }
        assert.equal(reply.headers.get("x-content-type-options"), "nosniff");
      }
    });

    it("describes itself in valid OpenAPI", async () => {
      const document = await (await stranger.fetch("/openapi.json")).json();
      const { valid, errors } = await new Validator().validate(document);
      assert(valid, JSON.stringify(errors));
      assert.equal(document.info.version, project.version);
    });

    it("holds answers to a schema, and calls to those of their tools", async () => {
      const ask = async (fields: object) => {
        const messages = [{ role: "user", content: "Hello!" }];
        const body = { ...GREEDY, messages, max_tokens: 200, ...fields };
        const reply = await alpha.post("/v1/chat/completions", body);
        const { choices } = await reply.json();
        assert.equal(reply.status, 200);
        return choices[0];
      };
      const properties = { kind: { enum: ["note", "task"] }, count: { type: "integer" } };
      const schema = { type: "object", properties, required: ["kind", "count"] };
      const valid = z.object({ kind: z.enum(["note", "task"]), count: z.int() });
      const answer = await ask({
        response_format: { type: "json_schema", json_schema: { name: "thing", schema } },
      });
      valid.parse(JSON.parse(answer.message.content));
      const call = await ask({
        tools: [{ type: "function", function: { name: "save", parameters: schema } }],
        tool_choice: "required",
        parallel_tool_calls: false,
      });
      assert.equal(call.finish_reason, "tool_calls");
      const [{ function: { name, arguments: given } }] = call.message.tool_calls;
      assert.equal(name, "save");
      valid.parse(JSON.parse(given));
    });

    it("tells strangers nothing but that they need a key", async () => {
      for (const path of ["/v1/models", "/v1/nowhere", "/v1/responses"]) {
        const error = await errorOf(await stranger.fetch(path), 401);
        assert.equal(error.code, "invalid_api_key");
      }
      await errorOf(await new ApiClient(server.url, "alpha2").fetch("/v1/models"), 401);
    });

    it("names its model", async () => {
      const { data } = await (await alpha.fetch("/v1/models")).json();
      assert.deepEqual(data.map(({ id }: { id: string }) => id), [MODEL]);
      assert.equal((await (await alpha.fetch(`/v1/models/${MODEL}`)).json()).id, MODEL);
      await errorOf(await alpha.fetch("/v1/models/gpt-5"), 404);
    });

    it("gives each reply an id, the client's own if it is sound", async () => {
      const own = await alpha.fetch("/v1/models", { headers: { "x-request-id": "mine-1" } });
      assert.equal(own.headers.get("x-request-id"), "mine-1");
      const made = await alpha.fetch("/v1/models", { headers: { "x-request-id": 'a"b c' } });
      assert.match(made.headers.get("x-request-id") ?? "", /^req_[0-9a-f]{48}$/);
      await Promise.all([own.body?.cancel(), made.body?.cancel()]);
    });

    it("answers every mistake in OpenAI's envelope", async () => {
      const json = { "content-type": "application/json" };
      const body = request("Hi");
      const long = request("a".repeat(BODY_LIMIT));
      const cases: readonly (readonly [Promise<Response>, number, string])[] = [
        [alpha.fetch("/v1/nowhere"), 404, "unknown_url"],
        [stranger.fetch("/nowhere"), 404, "unknown_url"],
        [alpha.fetch("/v1/responses", { method: "PUT" }), 405, "method_not_allowed"],
        [alpha.post("/v1/responses", "{", { headers: json }), 400, "invalid_json"],
        [alpha.post("/v1/responses", "[".repeat(60_000)), 400, "invalid_json"],
        [alpha.post("/v1/responses", body, { headers: {} }), 415, "unsupported_media_type"],
        [alpha.post("/v1/responses", long), 413, "request_too_large"],
        [alpha.post("/v1/responses", { ...body, model: "gpt-5" }), 404, "model_not_found"],
        [alpha.post("/v1/responses", { ...body, temperature: "hot" }), 400, "invalid_type"],
        [
          alpha.post("/v1/responses", { ...body, previous_response_id: "resp_1" }),
          404,
          "previous_response_not_found",
        ],
      ];
      for (const [reply, status, code] of cases) {
        assert.equal((await errorOf(await reply, status)).code, code);
      }
    });

    it("answers a request with a field that it does not know, and names the field", async () => {
      const reply = await alpha.post("/v1/responses", { ...request("Hi"), nonsense: 1 });
      assert.equal(reply.status, 200, await reply.text());
      assert.equal(reply.headers.get("tern-ignored"), "nonsense");
    });

    it("counts what is sent in chunks, too", async () => {
      const pieces = Array.from({ length: 20 }, () => new Uint8Array(8_192).fill(32));
      const reply = await alpha.fetch("/v1/responses", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: ReadableStream.from(pieces),
      });
      assert.equal((await errorOf(reply, 413)).code, "request_too_large");
    });

    it("lets pages of the listed origins in, and no others", async () => {
      const preflight = async (origin: string) => {
        const reply = await stranger.fetch("/v1/responses", {
          method: "OPTIONS",
          headers: { origin, "access-control-request-method": "POST" },
        });
        await reply.body?.cancel();
        return reply.headers.get("access-control-allow-origin");
      };
      assert.equal(await preflight(ORIGIN), ORIGIN);
      assert.equal(await preflight("https://other.example"), null);
    });

    it("remembers what it was told, and reads only what is new", async () => {
      const first = await alpha.respond(request("Hi! My name is Sarah."));
      assert.equal(cached(first), 0);
      const second = await alpha.respond(request("What is my name?", first));
      assert.equal(cached(second), total(first));
      assert.match(textOf(second), /Sarah/);
    });

    it("forks: the same turn twice from one response gives the same answer", async () => {
      const root = await alpha.respond(request("I have a dog called Rex."));
      const left = await alpha.respond(request("What is my dog called?", root));
      await alpha.respond(request("I have a cat.", root));
      const right = await alpha.respond(request("What is my dog called?", root));
      assert.equal(textOf(right), textOf(left));
      assert.equal(total(right), total(left));
      assert.equal(cached(left), total(root));
      // The state after a short prompt is not kept: it is read again from the response before it.
      assert.equal(cached(right), total(root));
    });

    it("goes on after it was killed", async () => {
      const first = await alpha.respond(request("Hi! My name is Tom."));
      const together = await alpha.respond(request("What is my name?", first));
      connect(await server.restart());
      const apart = await alpha.respond(request("What is my name?", first));
      assert.equal(textOf(apart), textOf(together));
      assert.equal(total(apart), total(together));
      assert.equal(cached(together), total(first));
      assert.equal(cached(apart), total(first));
      const other = await alpha.respond(request("What am I called?", first));
      assert.equal(cached(other), total(first));
    });

    it("answers a request with a key once, and says so again after it was killed", async () => {
      const body = request("Tell me a story.", undefined, { max_output_tokens: 8 });
      const cases = [
        ["/v1/responses", body],
        ["/v1/responses", { ...body, stream: true }],
        ["/v1/responses", { ...body, stream: true, store: false }],
        ["/v1/conversations", { metadata: { a: "b" } }],
      ] as const;
      const send = (at: number) => {
        const [path, body] = cases[at]!;
        const headers = { "content-type": "application/json", "idempotency-key": `key ${at}` };
        return alpha.post(path, body, { headers });
      };
      const replayed = (reply: Response) => reply.headers.get("idempotent-replayed");
      const firsts = await Promise.all(
        cases.map((_, at) => send(at).then((reply) => reply.text())),
      );
      // What a stream was is put away after its last event.
      await new Promise((resolve) => setTimeout(resolve, 500));
      connect(await server.restart());
      for (const [at, first] of firsts.entries()) {
        const again = await send(at);
        assert.deepEqual([again.status, replayed(again)], [200, "true"], cases[at]![0]);
        assert.equal(await again.text(), first);
      }
      const other = await alpha.post("/v1/conversations", {}, {
        headers: { "content-type": "application/json", "idempotency-key": "key 0" },
      });
      assert.equal((await errorOf(other, 422)).code, "idempotency_key_reused");
    });

    it("goes on from what was seen of a response that was stopped", async () => {
      const { id: conversation } = await (await alpha.post("/v1/conversations", {})).json();
      const long = request("Tell me a long story.", undefined, {
        conversation,
        stream: true,
        max_output_tokens: 400,
      });
      const stop = new AbortController();
      const reply = await alpha.post("/v1/responses", long, { signal: stop.signal });
      const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (!text.includes("output_text.delta")) text += (await reader.read()).value ?? "";
      const id = /"id":"(resp_\w+)"/.exec(text)![1]!;
      const seen = /"delta":"([^"]*)"/.exec(text)![1]!;
      reader.closed.catch(() => {});
      stop.abort();
      const cancelled = await alpha.post(`/v1/responses/${id}/cancel`, {});
      assert.equal(cancelled.status, 200, await cancelled.text());
      const next = await alpha.respond(request("And then?", undefined, { conversation }));
      const named = await alpha.respond(
        request("And then?", { id, status: "", output: [], usage: null }),
      );
      assert.equal(textOf(named), textOf(next), "both go on from the same text");
      const items = await (await alpha.fetch(`/v1/conversations/${conversation}/items?order=asc`))
        .json();
      const said = items.data.map(({ content }: { content: { text: string }[] }) =>
        content[0]!.text
      );
      assert.equal(said.length, 4);
      assert(said[1].startsWith(seen), `${said[1]} does not begin with ${seen}`);
    });

    it("keeps chat completions that are to be stored, until they are deleted", async () => {
      const path = "/v1/chat/completions";
      const messages = [{ role: "user", content: "Hello!" }];
      const body = { ...GREEDY, messages, max_tokens: 20, store: true, metadata: { a: "b" } };
      const made = await (await alpha.post(path, body)).json();
      connect(await server.restart());
      const found = await (await alpha.fetch(`${path}/${made.id}`)).json();
      assert.deepEqual(found.choices, made.choices);
      const listed = await (await alpha.fetch(`${path}?metadata[a]=b`)).json();
      assert.deepEqual(listed.data.map(({ id }: { id: string }) => id), [made.id]);
      await errorOf(await beta.fetch(`${path}/${made.id}`), 404);
      const deleted = await alpha.fetch(`${path}/${made.id}`, { method: "DELETE" });
      assert.equal((await deleted.json()).deleted, true);
      await errorOf(await alpha.fetch(`${path}/${made.id}`), 404);
    });

    it("makes a response in the background, for whoever comes back", async () => {
      const whole = await alpha.respond(request("Tell me a story about a fox."));
      const begun = await alpha.respond(
        request("Tell me a story about a fox.", undefined, { background: true }),
      );
      assert.match(begun.status, /^(queued|in_progress)$/);
      let found = begun;
      while (/^(queued|in_progress)$/.test(found.status)) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        found = await alpha.retrieve(begun.id);
      }
      assert.equal(found.status, whole.status);
      assert.equal(textOf(found), textOf(whole));
    });

    it("keeps one key's conversations from another", async () => {
      const first = await alpha.respond(request("Hello!"));
      const reply = await beta.post("/v1/responses", request("And?", first));
      assert.equal((await errorOf(reply, 404)).code, "previous_response_not_found");
    });

    it("streams the answer that it gives whole, numbered and named", async () => {
      const whole = await alpha.respond(request("Tell me a story."));
      const reply = await alpha.post(
        "/v1/responses",
        request("Tell me a story.", undefined, { stream: true, store: false }),
      );
      const events = await eventsOf(reply);
      assert.equal(events.at(-1)?.data, "[DONE]");
      const bodies = events.slice(0, -1).map(({ event, data }) => {
        const body = JSON.parse(data);
        assert.equal(body.type, event);
        return body;
      });
      assert.deepEqual(bodies.map(({ sequence_number }) => sequence_number), [...bodies.keys()]);
      const text = bodies.filter(({ type }) => type === "response.output_text.delta")
        .map(({ delta }) => delta).join("");
      assert.equal(text, textOf(whole));
    });

    it("tells how much of a prompt it has read, to who asks for it", async () => {
      const long = (name: string) => `A text of ${name}, of which nothing was read. `.repeat(60);
      const messages = [{ role: "user", content: long("messages") }];
      const of = { max_tokens: 2, stream: true, stream_options: { include_usage: true } };
      for (
        const [path, body] of [
          ["/v1/chat/completions", { messages, ...of }],
          ["/v1/completions", { prompt: long("a prompt"), ...of }],
          ["/v1/responses", request(long("an input"), undefined, { stream: true })],
        ] as const
      ) {
        const asked = { ...GREEDY, ...body, seed: 1 };
        const told = async (fields: object) => {
          const events = await eventsOf(await alpha.post(path, { ...asked, ...fields }));
          return events.filter(({ data }) => data !== "[DONE]").map(({ data }) => JSON.parse(data))
            .flatMap(({ prompt_progress }) => prompt_progress ?? []);
        };
        const progress = await told({ return_progress: true });
        assert.ok(progress.length > 0, path);
        for (const { total, cache, processed, time_ms } of progress) {
          assert.ok(0 <= cache && cache < processed && processed <= total && time_ms >= 0, path);
        }
        assert.deepEqual(await told({ return_progress: false }), []);
      }
    });

    it("streams chat completions, and goes on from the state that it finds", async () => {
      // Long enough for every store: where a write costs much, only the states after long prompts are kept.
      const said = `${"The tern flies over the sea. ".repeat(100)}How are you?`;
      const messages = [{ role: "user", content: said }];
      const body = { ...GREEDY, messages, max_tokens: 20 };
      const whole = await (await alpha.post("/v1/chat/completions", body)).json();
      const { content } = whole.choices[0].message;
      const streamed = await alpha.post("/v1/chat/completions", {
        ...body,
        stream: true,
        stream_options: { include_usage: true },
      });
      const events = await eventsOf(streamed);
      assert.equal(events.at(-1)?.data, "[DONE]");
      const chunks = events.slice(0, -1).map(({ data }) => JSON.parse(data));
      const text = chunks.flatMap(({ choices }) => choices)
        .map(({ delta }) => delta.content ?? "").join("");
      assert.equal(text, content);
      const told = chunks.at(-1).usage;
      assert.equal(told.total_tokens, whole.usage.total_tokens);
      // The prompt was read already.
      assert.equal(told.prompt_tokens_details.cached_tokens, whole.usage.prompt_tokens);

      const more = [{ role: "assistant", content }, { role: "user", content: "Good." }];
      const next = await alpha.post("/v1/chat/completions", {
        ...body,
        messages: [...messages, ...more],
      });
      const { usage } = await next.json();
      assert.equal(usage.prompt_tokens_details.cached_tokens, whole.usage.total_tokens);
    });

    it("calls a function as its schema has it, and goes on from the result", async () => {
      const parameters = {
        type: "object",
        properties: { name: { type: "string", maxLength: 12 } },
        required: ["name"],
      };
      const tools = [{ type: "function", name: "greet", parameters }];
      const more = {
        tools,
        tool_choice: "required",
        parallel_tool_calls: false,
        max_output_tokens: 100,
      };
      const first = await alpha.respond(request("Greet Sarah.", undefined, more));
      const [call] = first.output as unknown as Record<string, string>[];
      assert.equal(call?.["name"], "greet");
      assert.equal(typeof JSON.parse(call?.["arguments"] ?? "").name, "string");
      const result = { type: "function_call_output", call_id: call?.["call_id"], output: "Hi!" };
      const second = await alpha.respond({
        ...request("", first, { tools, tool_choice: "none" }),
        input: [result],
      });
      assert.equal(cached(second), total(first));
    });

    it("compacts a conversation into one item", async () => {
      // Nobody asked this before, so that nothing but the states can have read it.
      const first = await alpha.respond(request("Hi! My name is Lucy."));
      const reply = await alpha.post("/v1/responses/compact", {
        model: MODEL,
        previous_response_id: first.id,
      });
      const { output } = await reply.json();
      const question = { role: "user", content: "What is my name?" };
      const second = await alpha.respond({ ...request(""), input: [...output, question] });
      assert.equal(cached(second), total(first));
      assert.match(textOf(second), /Lucy/);
    });

    it("answers over a WebSocket, and goes on from what is not stored", async () => {
      await assert.rejects(SocketClient.open(server.url));
      const socket = await SocketClient.open(server.url, "alpha");
      const ask = (input: string, previous?: ApiResponse) =>
        socket.respond({ ...request(input, previous), store: false });
      const first = await ask("Hi! My name is Sarah.");
      const second = await ask("What is my name?", first);
      assert.equal(cached(second), total(first));
      assert.match(textOf(second), /Sarah/);
      await socket.close();
      const other = await SocketClient.open(server.url, "alpha");
      other.send({ ...request("And?", second), store: false });
      const { error } = await other.next() as unknown as { error: { code: string } };
      assert.equal(error.code, "previous_response_not_found");
      await other.close();
    });

    it("goes on answering after a client left in the middle", async () => {
      const left = new AbortController();
      const reply = await alpha.post(
        "/v1/responses",
        request("Tell me a long story.", undefined, { stream: true, max_output_tokens: 500 }),
        { headers: { "content-type": "application/json" }, signal: left.signal },
      );
      await reply.body?.getReader().read();
      left.abort();
      assert.notEqual(textOf(await alpha.respond(request("Hello!"))), "");
    });

    it("answers several at once, each with its own answer", async () => {
      const names = ["Anna", "Ben", "Carla", "David"];
      const firsts = await Promise.all(
        names.map((name) => alpha.respond(request(`Hi! My name is ${name}.`))),
      );
      const seconds = await Promise.all(
        firsts.map((first) => alpha.respond(request("What is my name?", first))),
      );
      for (const [i, second] of seconds.entries()) {
        assert.equal(cached(second), total(firsts[i]!));
        const alone = await alpha.respond(request("What is my name?", firsts[i]));
        assert.equal(textOf(second), textOf(alone));
      }
    });

    it("takes a conversation out as a file, and another key takes it in and goes on", async () => {
      const conversation = (await (await alpha.post("/v1/conversations", {})).json()).id;
      await alpha.respond(request("Hi! My name is Emma.", undefined, { conversation }));
      const file = await alpha.fetch(`/v1/conversations/${conversation}/export`);
      assert.equal(file.status, 200);
      const bytes = await file.bytes();
      const import_ = (body: Uint8Array<ArrayBuffer>) =>
        beta.fetch("/v1/conversations/import", {
          method: "POST",
          headers: { "content-type": "application/vnd.tern.conversation" },
          body,
        });
      const cut = await errorOf(await import_(bytes.slice(0, -1)), 400);
      assert.equal(cut.code, "invalid_file");
      const copy = (await (await import_(bytes)).json()).id;
      const [stayed, went] = await Promise.all([
        alpha.respond(request("What is my name?", undefined, { conversation })),
        beta.respond(request("What is my name?", undefined, { conversation: copy })),
      ]);
      assert.equal(textOf(went), textOf(stayed));
      assert.deepEqual(went.usage, stayed.usage);
    });

    it("goes on from a conversation in a chat completion, and lists it by what was said", async () => {
      const begin = async (title: string) =>
        (await (await alpha.post("/v1/conversations", { title })).json()).id;
      const conversation = await begin("The older of two");
      const newer = await begin("The newer of two");
      const list = async (query: string): Promise<string[]> => {
        const reply = await alpha.fetch(`/v1/conversations?${query}`);
        const { data } = await reply.json();
        return data.map(({ id }: { id: string }) => id);
      };
      assert.deepEqual(await list("q=of%20two"), [newer, conversation]);
      const { model } = request("Hi");
      const chat = async (content: string) => {
        const messages = [{ role: "user", content }];
        const body = { model, conversation, messages, max_tokens: 8 };
        const reply = await alpha.post("/v1/chat/completions", body);
        assert.equal(reply.status, 200);
        return (await reply.json()).usage;
      };
      const first = await chat("My name is Emma.");
      const second = await chat("What is my name?");
      assert.equal(second.prompt_tokens_details.cached_tokens, first.total_tokens);
      assert.deepEqual(await list("q=of%20two"), [conversation, newer]);
    });

    it("reads a text that is streamed, tells of it meanwhile, and goes on from it", async () => {
      const conversation = (await (await alpha.post("/v1/conversations", {})).json()).id;
      const path = `/v1/conversations/${conversation}/ingest`;
      const headers = { "content-type": "text/plain" };
      const first = await alpha.fetch(path, {
        method: "POST",
        headers: { ...headers, "upload-complete": "?0" },
        body: "My name is Sarah. Grüße",
      });
      assert.equal((await first.json()).status, "paused");
      const head = await alpha.fetch(path, { method: "HEAD" });
      const offset = head.headers.get("upload-offset") ?? assert.fail("no offset");
      assert.equal(offset, "25");
      const gate = Promise.withResolvers<void>();
      const body = new ReadableStream<Uint8Array>({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode(", I have a dog."));
          await gate.promise;
          controller.enqueue(new TextEncoder().encode(" He is called Rex."));
          controller.close();
        },
      });
      const sending = alpha.fetch(path, {
        method: "POST",
        headers: { ...headers, "upload-offset": offset },
        body,
      });
      const isRead = async () => (await (await alpha.fetch(path)).json()).status === "in_progress";
      while (!await isRead()) await new Promise((resolve) => setTimeout(resolve, 10));
      const following = await alpha.fetch(`${path}?stream=true`);
      // That reply has begun, and the text has not ended.
      gate.resolve();
      const events = await eventsOf(following);
      assert.equal(events[0]?.event, "conversation.ingest.progress");
      assert.equal(events.at(-2)?.event, "conversation.ingest.completed");
      const status = await (await sending).json();
      const { type: _, ...told } = JSON.parse(events.at(-2)!.data);
      assert.deepEqual(told, status);
      const { tokens } = status;
      const next = await alpha.respond(request("And?", undefined, { conversation }));
      assert.equal(cached(next), tokens);
    });

    it("tells what is left of the rate", async () => {
      const reply = await alpha.fetch("/v1/models");
      await reply.body?.cancel();
      for (const budget of ["requests", "tokens"]) {
        const header = (what: string) =>
          reply.headers.get(`x-ratelimit-${what}-${budget}`) ?? assert.fail(`${what}-${budget}`);
        assert(Number(header("limit")) > 0);
        assert(Number(header("remaining")) <= Number(header("limit")));
        assert.match(header("reset"), /^(\d+h)?(\d+m)?(\d+(\.\d+)?m?s)$/);
      }
    });

    it("shows its metrics to who has their key", async () => {
      await errorOf(await alpha.fetch("/metrics"), 401);
      const reply = await new ApiClient(server.url, "watch").fetch("/metrics");
      assert.equal(reply.status, 200);
      assert(parsePrometheus(await reply.text()).size > 20);
    });
  });

  describe(`${name}: states that clients keep`, () => {
    it("are sealed, and brought back to a server that kept nothing", async () => {
      const keys = { TERN_API_KEYS: `${await toKeyDigest("alpha")},${await toKeyDigest("beta")}` };
      let server = await start({
        ...keys,
        TERN_STATE_SECRETS: "a secret of thirty-two characters",
        TERN_MAX_BODY_BYTES: `${SEALED_LIMIT}`,
      });
      try {
        const sealed = { store: false, include: ["state.encrypted_content"] };
        let client = new ApiClient(server.url, "alpha");
        const first = await client.respond(request("Hi! My name is Sarah.", undefined, sealed));
        server = await server.restart();
        client = new ApiClient(server.url, "alpha");
        const input = [...first.output, { role: "user", content: "What is my name?" }];
        const body = { ...request("", undefined, sealed), input };
        const second = await client.respond(body);
        assert.equal(cached(second), total(first));
        assert.match(textOf(second), /Sarah/);
        const foreign = await new ApiClient(server.url, "beta").post("/v1/responses", body);
        assert.equal((await errorOf(foreign, 400)).code, "invalid_encrypted_content");
      } finally {
        await server.stop();
      }
    });
  });

  describe(`${name}: rate limits`, () => {
    it("refuse what is over them, and say when to come back", async () => {
      const server = await start({ TERN_REQUESTS_PER_MINUTE: "2", TERN_TOKENS_PER_MINUTE: "10" });
      try {
        const client = new ApiClient(server.url);
        await client.respond(request("Tell me a story."));
        const tokens = await client.post("/v1/responses", request("Another one."));
        const error = await errorOf(tokens, 429);
        assert.equal(error.code, "rate_limit_exceeded");
        assert.match(error.message, /10 tokens a minute/);
        assert(Number(tokens.headers.get("retry-after")) >= 1);
        const requests = await client.fetch("/v1/models");
        assert.match((await errorOf(requests, 429)).message, /2 requests a minute/);
        assert.equal((await client.fetch("/health")).status, 200);
      } finally {
        await server.stop();
      }
    });
  });
}
