import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { runTern } from "../cli/run_tern.ts";
import { ServerProcess } from "./server_process.ts";

const MODELS = new URL("../../models/", import.meta.url).pathname;
const SEVEN = "tern-7m";
const FOUR = "tern-7m-rwkv4";

/** A server, and what it is asked. */
class Client {
  constructor(readonly server: ServerProcess) {}

  async ask(path: string, body?: unknown, type = "application/json") {
    const reply = await fetch(
      `${this.server.url}${path}`,
      body === undefined ? {} : {
        method: "POST",
        headers: { "content-type": type },
        body: typeof body === "string" ? body : JSON.stringify(body),
      },
    );
    return { status: reply.status, body: await reply.json() };
  }

  /** A stored response: its id, model, text and the tokens that were not read again. */
  async respond(input: string, more: object) {
    const { status, body } = await this.ask("/v1/responses", {
      input,
      seed: 1,
      max_output_tokens: 12,
      ...more,
    });
    assert.equal(status, 200, JSON.stringify(body));
    return {
      id: body.id,
      model: body.model,
      text: body.output[0].content[0].text,
      cached: body.usage.input_tokens_details.cached_tokens,
    };
  }

  async statuses(): Promise<Record<string, string>> {
    const { body } = await this.ask("/health");
    return Object.fromEntries(
      body.models.map(({ id, status }: { id: string; status: string }) => [id, status]),
    );
  }
}

describe("a server with several models", () => {
  let folder: string;
  let models: string;
  let client: Client;

  const start = async (more: Record<string, string> = {}) => {
    const server = await ServerProcess.start({
      TERN_MODEL: models,
      TERN_STORE: "sqlite",
      TERN_DATA: `${folder}/data`,
      TERN_LEASE_MS: "1000",
      TERN_LOG: "info",
      ...more,
    });
    return client = new Client(server);
  };

  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    models = `${folder}/models`;
    for (const name of [SEVEN, FOUR]) {
      await Deno.mkdir(`${models}/${name}`, { recursive: true });
      for await (const file of Deno.readDir(`${MODELS}${name}`)) {
        if (!file.isFile) continue;
        await Deno.symlink(`${MODELS}${name}/${file.name}`, `${models}/${name}/${file.name}`);
      }
    }
  });

  afterEach(async () => {
    await client?.server.kill();
    await Deno.remove(folder, { recursive: true });
  });

  it("loads each when it is first asked for, whatever route asks", async () => {
    await start();
    assert.deepEqual(await client.statuses(), { [SEVEN]: "unloaded", [FOUR]: "unloaded" });
    const { body: { data } } = await client.ask("/v1/models");
    assert.deepEqual(data.map(({ id }: { id: string }) => id), [SEVEN, FOUR]);
    const tokenized = await client.ask("/v1/tokenize", { model: FOUR, content: "Hello" });
    assert.equal(tokenized.status, 200);
    assert.equal((await client.statuses())[FOUR], "unloaded", "its vocabulary is enough");

    const messages = [{ role: "user", content: "Hello!" }];
    const chat = { model: FOUR, messages, max_tokens: 4 };
    const replies = await Promise.all(
      [1, 2, 3].map(() => client.ask("/v1/chat/completions", chat)),
    );
    assert.deepEqual(replies.map(({ body }) => body.model), [FOUR, FOUR, FOUR]);
    assert.deepEqual(await client.statuses(), { [SEVEN]: "unloaded", [FOUR]: "loaded" });
    const text = await client.ask("/v1/completions", { model: SEVEN, prompt: "A", max_tokens: 2 });
    assert.equal(text.body.model, SEVEN);
    for (
      const [path, body] of Object.entries({
        "/v1/chat/completions": { messages },
        "/v1/completions": { prompt: "A" },
        "/v1/responses": { input: "A" },
        "/v1/responses/input_tokens": { input: "A" },
        "/v1/tokenize": { content: "A" },
        "/v1/detokenize": { tokens: [1] },
        "/v1/look": { content: "A" },
      })
    ) {
      const reply = await client.ask(path, { ...body, model: "other" });
      assert.equal(reply.status, 404, path);
      assert.equal(reply.body.error.code, "model_not_found", path);
      assert.match(reply.body.error.message, /knows 'tern-7m', 'tern-7m-rwkv4'/);
    }
  });

  it("goes on with the model that began, after a kill and in any order", async () => {
    await start();
    const first = await client.respond("My name is Bob.", { model: FOUR });
    const conversation = (await client.ask("/v1/conversations", {})).body.id;
    const book = await client.ask(
      `/v1/conversations/${conversation}/ingest?model=${FOUR}`,
      "A cat sat on a mat. ".repeat(20),
      "text/plain",
    );
    assert.equal(book.body.status, "completed");
    const ask = async () => [
      await client.respond("What is my name?", { previous_response_id: first.id }),
      await client.respond("What did it do?", { conversation }),
    ];
    const [before] = await ask();
    assert.equal(before!.model, FOUR);
    assert(before!.cached > 0);
    await client.server.kill();

    await start({ TERN_MODEL: [FOUR, SEVEN].map((name) => `${models}/${name}`).join() });
    const after = await ask();
    assert.deepEqual({ ...after[0], id: "" }, { ...before, id: "" });
    assert.equal(after[1]!.model, FOUR);
    assert.equal((await client.statuses())[SEVEN], "unloaded");
    // The words are read again by another model, and a text that is not kept cannot be.
    const other = await client.respond("And?", { previous_response_id: first.id, model: SEVEN });
    assert.deepEqual([other.model, other.cached], [SEVEN, 0]);
    const refused = await client.ask("/v1/responses", { model: SEVEN, conversation, input: "?" });
    assert.deepEqual([refused.status, refused.body.error.code], [409, "text_not_kept"]);
    const missing = await client.ask("/v1/responses", { input: "?" });
    assert.deepEqual([missing.status, missing.body.error.param], [400, "model"]);
  });

  it("unloads one where another needs the memory, and tries a broken one again", async () => {
    const weights = `${models}/${FOUR}/model.safetensors`;
    const whole = await Deno.readFile(weights);
    await Deno.remove(weights);
    await Deno.writeFile(weights, whole.subarray(0, whole.length / 2));
    await start({ TERN_MEMORY: "60MB", TERN_WEIGHTS: "f32" });
    const say = (model: string) =>
      client.ask("/v1/chat/completions", {
        model,
        messages: [{ role: "user", content: "Hello!" }],
        max_tokens: 4,
      });
    assert.equal((await say(SEVEN)).status, 200);
    const refused = await say(FOUR);
    assert.deepEqual([refused.status, refused.body.error.code], [503, "model_unavailable"]);
    assert.match(
      refused.body.error.message,
      /cannot be loaded: tern-7m-rwkv4.model.safetensors: .*cut short/,
    );
    assert.deepEqual(await client.statuses(), { [SEVEN]: "loaded", [FOUR]: "failed" });
    await Deno.writeFile(weights, whole);
    assert.equal((await say(FOUR)).status, 200);
    assert.deepEqual(await client.statuses(), { [SEVEN]: "unloaded", [FOUR]: "loaded" });
    assert.equal((await say(SEVEN)).status, 200);
  });

  it("begins conversations with personas, and goes on with them after a kill", async () => {
    const env = { TERN_DATA: `${folder}/data`, TERN_STORE: "sqlite" };
    const save = async (...args: string[]) => {
      const saved = await runTern(["persona", ...args, "--model", `${models}/${SEVEN}`], { env });
      assert.equal(saved.code, 0, saved.stderr);
      return saved.stdout.trim();
    };
    const system = "You are a cook and your name is Ann.";
    const model = await save("ann", "--system", system);
    assert.equal(model, `${SEVEN}@ann`);
    await start();
    const { body: { data } } = await client.ask("/v1/models");
    assert.deepEqual(data.map(({ id }: { id: string }) => id), [SEVEN, model, FOUR]);
    const said = await client.respond("What is your name?", { model });
    const plain = await client.respond("What is your name?", {
      model: SEVEN,
      instructions: system,
      store: false,
    });
    assert.equal(said.text, plain.text, "it is the state after these instructions");
    assert(said.cached > 0);
    const next = () => client.respond("And mine?", { previous_response_id: said.id });
    const before = await next();
    assert.equal(before.model, model);
    await client.server.kill();
    await start();
    assert.deepEqual({ ...await next(), id: "" }, { ...before, id: "" });
    // The model alone has not read what the persona has.
    const alone = await client.respond("And mine?", {
      previous_response_id: said.id,
      model: SEVEN,
    });
    assert.equal(alone.cached, 0);

    await client.server.stop();
    const after = await save("later", "--response", before.id);
    await start();
    const later = await client.respond("Thanks.", { model: after });
    const same = await client.respond("Thanks.", { previous_response_id: before.id });
    assert.equal(later.text, same.text, "it goes on as the response does");

    await Deno.remove(`${models}/${SEVEN}/personas/ann.safetensors`);
    const gone = await client.ask("/v1/responses", { previous_response_id: said.id, input: "?" });
    assert.equal(gone.status, 404);
    assert.match(gone.body.error.message, /no persona 'ann': .*removed. It has 'later'/);
  });
});
