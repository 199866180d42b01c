import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import OpenAI from "openai";
import { hasRedis, type RedisServer, startRedis } from "../store/redis_server.ts";
import { keyDigests } from "../key_digests.ts";
import { ServerProcess } from "./server_process.ts";

const MODEL = "tern-7m";
/** Sampled, so that equal texts mean equal choices. */
const SAMPLED = { model: MODEL, temperature: 1, top_p: 0.7 };

function clientOf(server: ServerProcess): OpenAI {
  return new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 });
}

type Response = OpenAI.Responses.Response;

/** One turn, greedy: the Responses API has no seed. */
async function say(client: OpenAI, input: string, previous?: Response): Promise<Response> {
  return await client.responses.create({
    model: MODEL,
    temperature: 0,
    input,
    ...(previous === undefined ? {} : { previous_response_id: previous.id }),
  });
}

for (const store of ["deno-kv", "sqlite", "redis"]) {
  describe(`A conversation in ${store}`, { ignore: store === "redis" && !hasRedis }, () => {
    let redis: RedisServer | undefined;
    let data: string;
    let server: ServerProcess;
    let client: OpenAI;

    const restart = async () => {
      await server.kill();
      server = await ServerProcess.start({ TERN_DATA: data, TERN_STORE: redis?.url ?? store });
      client = clientOf(server);
    };

    beforeAll(async () => {
      data = await Deno.makeTempDir();
      if (store === "redis") redis = await startRedis();
      server = await ServerProcess.start({ TERN_DATA: data, TERN_STORE: redis?.url ?? store });
      client = clientOf(server);
    });

    afterAll(async () => {
      await server.kill();
      await redis?.[Symbol.asyncDispose]();
      await Deno.remove(data, { recursive: true });
    });

    it("goes on in another process after SIGKILL, with the same text as in one process", async () => {
      const first = await say(client, "Hi! My name is Sarah. I have a dog called Rex.");
      const together = await say(client, "What is my name?", first);
      await restart();
      const apart = await say(client, "What is my name?", first);

      assert.equal(apart.output_text, together.output_text);
      assert.notEqual(apart.id, together.id);
      const cached = apart.usage!.input_tokens_details.cached_tokens;
      assert.equal(cached, first.usage!.total_tokens, "more than the short prompt was read again");
      assert.equal(apart.usage!.total_tokens, together.usage!.total_tokens);
      const { usage } = together;
      assert.equal(usage!.input_tokens_details.cached_tokens, first.usage!.total_tokens);
      assert.ok(usage!.input_tokens - usage!.input_tokens_details.cached_tokens < 20);
    });

    it("forks: two continuations of one response do not know of each other", async () => {
      const root = await say(client, "Hello! I want to tell you something.");
      const left = await say(client, "My name is Anna.", root);
      const right = await say(client, "My name is Tom.", root);
      await restart();
      for (const branch of [left, right]) {
        const cached = (await say(client, "What is my name?", branch)).usage!.input_tokens_details;
        assert.equal(cached.cached_tokens, branch.usage!.total_tokens);
      }
      const again = await say(client, "My name is Anna.", root);
      assert.equal(again.output_text, left.output_text);
    });

    it("in chat completions goes on from the deepest stored state, in another process too", async () => {
      const messages: OpenAI.ChatCompletionMessageParam[] = [
        { role: "system", content: "Be brief." },
        { role: "user", content: "I like cats. What do you like?" },
      ];
      const ask = async () =>
        await client.chat.completions.create({ ...SAMPLED, messages, seed: 7 });
      const first = await ask();
      assert.equal(first.usage!.prompt_tokens_details!.cached_tokens, 0);

      messages.push({ role: "assistant", content: first.choices[0]!.message.content });
      messages.push({ role: "user", content: "What did I say that I like?" });
      const together = await ask();
      await restart();
      const apart = await ask();
      assert.equal(apart.choices[0]!.message.content, together.choices[0]!.message.content);
      const cached = ({ usage }: OpenAI.ChatCompletion) =>
        usage!.prompt_tokens_details!.cached_tokens;
      assert.equal(cached(together), first.usage!.total_tokens);
      assert.equal(cached(apart), apart.usage!.prompt_tokens, "the prompt was read twice");

      messages[1] = { role: "user", content: "I like dogs. What do you like?" };
      // Only what they are told to be is the same.
      const read = cached(await ask())!;
      assert.ok(read > 0 && read < first.usage!.prompt_tokens, `${read}`);
    });

    it("streams the answer that it gives whole", async () => {
      const request = {
        ...SAMPLED,
        messages: [{ role: "user" as const, content: "Tell me a story." }],
        seed: 11,
        max_tokens: 30,
      };
      const whole = await client.chat.completions.create(request);
      const stream = await client.chat.completions.create({
        ...request,
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = "";
      let usage: OpenAI.CompletionUsage | null | undefined;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? "";
        usage = chunk.usage;
      }
      assert.equal(text, whole.choices[0]!.message.content);
      assert.equal(usage!.completion_tokens, whole.usage!.completion_tokens);
      assert.equal(usage!.completion_tokens, 30);
      assert.equal(whole.choices[0]!.finish_reason, "length");
    });

    it("streams responses that a later turn goes on from", async () => {
      const stream = client.responses.stream({ ...SAMPLED, input: "Hello there!" });
      const first = await stream.finalResponse();
      assert.equal(first.status, "completed");
      await restart();
      const second = await say(client, "Do you like soup?", first);
      const cached = second.usage!.input_tokens_details.cached_tokens;
      assert.equal(cached, first.usage!.total_tokens);
    });

    it("rebuilds the state when the instructions change, and goes on from it when they do not", async () => {
      const create = (input: string, instructions: string | null, previous?: Response) =>
        client.responses.create({
          model: MODEL,
          temperature: 0,
          input,
          instructions,
          ...(previous === undefined ? {} : { previous_response_id: previous.id }),
        });
      const cached = (response: Response) => response.usage!.input_tokens_details.cached_tokens;
      const first = await create("Hi!", "You are a cook.");
      const same = await create("What is for dinner?", "You are a cook.", first);
      assert.equal(cached(same), first.usage!.total_tokens);
      const changed = await create("What is for dinner?", "You are a pilot.", first);
      assert.equal(cached(changed), 0);
      const dropped = await create("What is for dinner?", null, first);
      assert.equal(cached(dropped), 0);
      assert.ok(dropped.usage!.input_tokens < changed.usage!.input_tokens);
    });

    it("keeps nothing of a response that is not to be stored", async () => {
      const response = await client.responses.create({ ...SAMPLED, input: "Hi!", store: false });
      await assert.rejects(say(client, "And now?", response), {
        code: "previous_response_not_found",
      });
    });

    it("answers /health while a long prompt is read", async () => {
      const input = "The cat sat on the mat and looked at the dog. ".repeat(4_000);
      const left = new AbortController();
      let over = false;
      const long = client.responses.create({ ...SAMPLED, input }, { signal: left.signal })
        .catch(() => {}).then(() => over = true);
      for (let i = 0; i < 5; i++) {
        assert.equal((await fetch(`${server.url}/health`)).status, 200);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.equal(over, false, "health was answered before the prompt was read");

      left.abort();
      await long;
      assert.notEqual((await say(client, "Hi!")).output_text, "");
    });

    it("stops in order when it is told to", async () => {
      const other = await ServerProcess.start({ TERN_STORE: "memory" });
      assert.equal(await other.stop(), 0);
    });
  });
}

describe("A server with keys", () => {
  it("keeps the conversations of one from another", async () => {
    const server = await ServerProcess.start({
      TERN_STORE: "memory",
      TERN_API_KEYS: keyDigests("alpha", "beta").join(),
    });
    try {
      const as = (apiKey: string) =>
        new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 });
      const first = await say(as("alpha"), "Hello!");
      await say(as("alpha"), "Hello again!", first);
      await assert.rejects(say(as("beta"), "Hello again!", first), {
        code: "previous_response_not_found",
      });
      await assert.rejects(say(as("gamma"), "Hello!"), { status: 401 });
    } finally {
      await server.kill();
    }
  });
});

describe("A conversation on the SIMD engine", () => {
  it("goes on in another process after SIGKILL", async () => {
    const data = await Deno.makeTempDir();
    const env = { TERN_DATA: data, TERN_ENGINE: "simd" };
    let server = await ServerProcess.start(env);
    try {
      const first = await say(clientOf(server), "Hi! My name is Sarah. I have a dog called Rex.");
      const together = await say(clientOf(server), "What is my name?", first);
      await server.kill();
      server = await ServerProcess.start(env);
      const apart = await say(clientOf(server), "What is my name?", first);
      assert.equal(apart.output_text, together.output_text);
      assert.equal(apart.usage!.total_tokens, together.usage!.total_tokens);
      const cached = apart.usage!.input_tokens_details.cached_tokens;
      assert.equal(cached, first.usage!.total_tokens, "more than the short prompt was read again");
    } finally {
      await server.kill();
      await Deno.remove(data, { recursive: true });
    }
  });
});
