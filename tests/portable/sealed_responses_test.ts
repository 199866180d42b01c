import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import OpenAI from "openai";
import { errorOf } from "../error_of.ts";
import { deploy, type Deployment, loadModel, type Model } from "../assembled_model.ts";

const SECRET = "a secret of thirty-two characters";
const env = { TERN_STATE_SECRETS: SECRET };
const INCLUDE = "state.encrypted_content";

const body = (input: unknown, more: object = {}) => ({
  model: "tern-7m",
  input,
  store: false,
  include: [INCLUDE],
  temperature: 0,
  max_output_tokens: 24,
  ...more,
});
const user = (content: string) => ({ role: "user", content });

/** An output item of a response, as the next request sends it back. */
interface Output {
  readonly type: string;
  readonly id: string;
  readonly encrypted_content?: string;
  readonly content?: readonly { readonly text: string }[];
}

async function respond(server: Deployment, request: object, key = "alpha") {
  const reply = await server.post("/v1/responses", request, key);
  const json = await reply.json();
  assert.equal(reply.status, 200, JSON.stringify(json));
  const output: Output[] = json.output;
  const text = output[0]?.content?.[0]?.text ?? assert.fail("no answer");
  return { json, output, text, state: output.find(({ type }) => type === "state") };
}

describe("a sealed state, kept by the client", () => {
  let model: Model;
  let server: Deployment;

  beforeAll(async () => {
    model = await loadModel();
    server = deploy(model, { env });
  });

  afterAll(() => model.inference.close());

  it("continues the conversation on any server with the secret, which stores nothing", async () => {
    const stored = await respond(
      server,
      body("Hi! My name is Sarah.", { store: true, include: undefined }),
    );
    const { text: expected } = await respond(
      server,
      body("What is my name?", {
        store: true,
        include: undefined,
        previous_response_id: stored.json.id,
      }),
    );
    const first = await respond(deploy(model, { env }), body("Hi! My name is Sarah."));
    assert.deepEqual(first.output.map(({ type }) => type), ["message", "state"]);
    const other = deploy(model, { env });
    const second = await respond(other, body([first.state, user("What is my name?")]));
    assert.equal(second.text, expected);
    assert.equal(
      second.json.usage.input_tokens_details.cached_tokens,
      first.json.usage.total_tokens,
    );
    // The state with the full history is equivalent to the state alone.
    const whole = await respond(
      other,
      body([user("Hi! My name is Sarah."), ...first.output, user("What is my name?")]),
    );
    assert.equal(whole.text, expected);
    assert.equal(whole.json.usage.total_tokens, second.json.usage.total_tokens);
    assert.deepEqual(await Array.fromAsync(other.store.list([])), []);
  });

  it("is streamed as a separate item", async () => {
    const reply = await server.post("/v1/responses", body("Hi!", { stream: true }));
    const events = (await reply.text()).split("\n\n").filter((event) => event.includes("data: {"))
      .map((event) => JSON.parse(event.split("data: ")[1]!));
    assert.deepEqual(events.map(({ sequence_number }) => sequence_number), [...events.keys()]);
    const items = events.filter(({ type }) => type.startsWith("response.output_item"));
    assert.deepEqual(items.map(({ output_index }) => output_index), [0, 0, 1, 1]);
    const last = events.at(-1).response.output;
    assert.deepEqual(items.at(-1).item, last[1]);
    const next = await respond(server, body([last[1], user("And you?")]));
    const apart = await respond(server, body("Hi!"));
    const again = await respond(server, body([...apart.output, user("And you?")]));
    assert.equal(next.text, again.text);
  });

  it("round-trips through OpenAI's client", async () => {
    const http = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, server.app.fetch);
    try {
      const baseURL = `http://127.0.0.1:${http.addr.port}/v1`;
      const client = new OpenAI({ baseURL, apiKey: "alpha", maxRetries: 0 });
      // The client passes on fields that its types lack.
      type Params = OpenAI.Responses.ResponseCreateParamsNonStreaming;
      const create = (request: object) => client.responses.create(request as Params);
      const first = await create(body("Hi! My name is Sarah."));
      assert.notEqual(first.output_text, "");
      const input = [...first.output, user("What is my name?")];
      const second = await create(body(input));
      assert.match(second.output_text, /Sarah/);
      const stream = client.responses.stream(
        body(input) as unknown as Parameters<typeof client.responses.stream>[0],
      );
      const final = await stream.finalResponse();
      assert.equal(final.output_text, second.output_text);
      assert.equal(final.output.length, 2);
    } finally {
      await http.shutdown();
    }
  });

  it("is rejected with one and the same error if modified, or of another tenant, model or secret", async () => {
    const { state } = await respond(server, body("Hi!"));
    const content = state?.encrypted_content ?? assert.fail("no state");
    const middle = content.length >> 1;
    const changed = content.slice(0, middle) + (content[middle] === "A" ? "B" : "A") +
      content.slice(middle + 1);
    const next = (encrypted_content: string) =>
      body([{ type: "state", encrypted_content }, user("And?")]);
    const elsewhere = { TERN_STATE_SECRETS: "b".repeat(32) };
    const refusals = await Promise.all([
      server.post("/v1/responses", next(changed)),
      server.post("/v1/responses", next("nonsense")),
      server.post("/v1/responses", next(content), "beta"),
      deploy(model, { env, otherModel: true }).post("/v1/responses", next(content)),
      deploy(model, { env: elsewhere }).post("/v1/responses", next(content)),
    ]);
    const errors = await Promise.all(refusals.map((reply) => errorOf(reply, 400)));
    for (const error of errors) assert.deepEqual(error, errors[0]);
    assert.equal(errors[0]!.code, "invalid_encrypted_content");
    assert.equal(errors[0]!.param, "input");
    const rotated = { TERN_STATE_SECRETS: `${"c".repeat(32)}, ${SECRET}` };
    await respond(deploy(model, { env: rotated }), next(content));
  });

  it("includes its instructions, which cannot change", async () => {
    const instructions = "Be brief.";
    const { state } = await respond(server, body("Hi!", { instructions }));
    await respond(server, body([state, user("And?")], { instructions }));
    for (const other of [{}, { instructions: "Be long." }]) {
      const reply = await server.post("/v1/responses", body([state, user("And?")], other));
      assert.equal((await errorOf(reply, 400)).param, "instructions");
    }
  });

  it("is rejected where it is not supported, naming the parameter", async () => {
    const bare = deploy(model);
    const missing = await errorOf(await bare.post("/v1/responses", body("Hi!")), 400);
    assert.match(missing.message, /TERN_STATE_SECRETS/);
    const state = { type: "state", encrypted_content: "AA" };
    for (
      const [request, param] of [
        [body("Hi!", { store: true }), "include"],
        [body("Hi!", { store: undefined }), "include"],
        [body([state, user("Hi")], { store: true, include: [] }), "store"],
        [body([user("Hi"), state]), "input[1].type"],
        [body([{ type: "state" }, user("Hi")]), "input[0].encrypted_content"],
        [body([state, user("Hi")], { previous_response_id: "resp_1" }), "previous_response_id"],
      ] as const
    ) {
      const error = await errorOf(await server.post("/v1/responses", request), 400);
      assert.equal(error.param, param, error.message);
    }
  });
});
