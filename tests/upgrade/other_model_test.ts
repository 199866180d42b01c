import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Sequence } from "../../src/engine/inference.ts";
import { splitBlob } from "../../src/records/blob.ts";
import { chunkKey, manifestKey, nodeKey } from "../../src/records/keys.ts";
import { decodeRecord, encodeRecord } from "../../src/records/record.ts";
import { STATE_FORMAT_VERSION } from "../../src/state/codec.ts";
import type { RecurrentState } from "../../src/state/recurrent_state.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { nodeSchema } from "../../src/tree/response_node.ts";
import { manifestSchema } from "../../src/tree/snapshot.ts";
import { errorOf } from "../error_of.ts";
import { HashInference } from "../faults/hash_inference.ts";
import { LEASE_MS, server, StandingClock, type TestServer } from "../faults/world.ts";

const FILE_TYPE = "application/vnd.tern.conversation";

/** Two servers with different models over one store, and a third with a store of its own. */
function world() {
  const clock = new StandingClock();
  const store = new MemoryStore({ now: clock.now });
  const open = (inference: HashInference, own = store) => server(own, clock, {}, inference);
  return {
    clock,
    store,
    open,
    before: open(new HashInference("before")),
    // Its states have another size, too.
    after: open(new HashInference("after", 2)),
    elsewhere: () => open(new HashInference("after", 2), new MemoryStore({ now: clock.now })),
  };
}

async function json({ ask }: TestServer, method: string, path: string, body?: unknown) {
  const reply = await ask(method, path, body);
  const text = await reply.text();
  assert.equal(reply.status, 200, text);
  return JSON.parse(text);
}

const ask = (fields: object) => ({ model: "hash", max_output_tokens: 8, seed: 1, ...fields });
const textOf = ({ output: [message] }: { output: { content: { text: string }[] }[] }): string =>
  message!.content[0]!.text;
const begin = async (server: TestServer, body: object = {}): Promise<string> =>
  (await json(server, "POST", "/v1/conversations", body)).id;
const say = (server: TestServer, fields: object) =>
  json(server, "POST", "/v1/responses", ask(fields));
const read = ({ ask }: TestServer, conversation: string, body: string, headers = {}) =>
  ask("POST", `/v1/conversations/${conversation}/ingest`, undefined, {
    body,
    headers: { "content-type": "text/plain", ...headers },
  });

/** An item of a conversation as it is sent. */
const toMessage = ({ role, content }: { role: string; content: { text: string }[] }) => ({
  role,
  content: content[0]!.text,
});

/** Tokens of a prompt that were read, and those that a state had read before. */
const readOf = ({ usage }: { usage: { input_tokens: number; input_tokens_details: object } }) => ({
  all: usage.input_tokens,
  ...usage.input_tokens_details as { cached_tokens: number },
});

describe("a conversation whose state is another model's", () => {
  for (const instructions of [{}, { instructions: "Be brief." }]) {
    const how = "instructions" in instructions ? "with" : "without";
    it(`is read again once, from its own text, ${how} instructions`, async () => {
      const { before, after, elsewhere } = world();
      const conversation = await begin(before, {
        items: [{ role: "user", content: "I am Sarah." }],
      });
      for (const input of ["Hello", "Who am I?"]) {
        await say(before, { conversation, input, ...instructions });
      }
      const { data } = await json(
        before,
        "GET",
        `/v1/conversations/${conversation}/items?order=asc&limit=100`,
      );
      const went = await say(after, { conversation, input: "And now?", ...instructions });
      assert.equal(readOf(went).cached_tokens, 0);

      // As if the present model had been told all of it at once.
      const items = data.map(toMessage);
      const input = [...items, { role: "user", content: "And now?" }];
      const whole = await say(elsewhere(), { input, ...instructions });
      assert.equal(textOf(went), textOf(whole));
      assert.equal(readOf(went).all, readOf(whole).all);

      const next = await say(after, { conversation, input: "More", ...instructions });
      assert.equal(readOf(next).cached_tokens, readOf(went).all + went.usage.output_tokens);
    });
  }

  it("goes back to the model before from the last state that is its own", async () => {
    const { before, after } = world();
    const conversation = await begin(before);
    const first = await say(before, { conversation, input: "Hello" });
    await say(after, { conversation, input: "There" });
    const third = await say(before, { conversation, input: "Back" });
    assert.equal(
      readOf(third).cached_tokens,
      readOf(first).all + first.usage.output_tokens,
    );
  });

  it("is read with an answer that was continued as one message", async () => {
    const { before, after, elsewhere } = world();
    const conversation = await begin(before);
    const beginning = { role: "assistant", content: "My name" };
    const input = [{ role: "user", content: "Hello" }, beginning];
    const said = beginning.content + textOf(await say(before, { conversation, input }));
    const went = await say(after, { conversation, input: "And now?" });
    const all = [input[0], { role: "assistant", content: said }];
    const whole = await say(elsewhere(), {
      input: [...all, { role: "user", content: "And now?" }],
    });
    assert.equal(textOf(went), textOf(whole));
    assert.equal(readOf(went).all, readOf(whole).all);
  });

  it("is continued where it ends", async () => {
    const { before, after, elsewhere } = world();
    const conversation = await begin(before);
    const first = await say(before, { conversation, input: "Hello" });
    const second = await say(after, { conversation });
    const answer = { role: "assistant", content: textOf(first) };
    const whole = await say(elsewhere(), { input: [{ role: "user", content: "Hello" }, answer] });
    assert.equal(textOf(second), textOf(whole));
    assert.equal(readOf(second).all, readOf(whole).all);
    // Its first state has read the answer without the end that it has now.
    const back = await say(before, { conversation, input: "Back" });
    const joined = { role: "assistant", content: textOf(first) + textOf(second) };
    const told = await say(elsewhere(), {
      input: [{ role: "user", content: "Hello" }, joined, { role: "user", content: "Back" }],
    });
    assert.equal(readOf(back).all, readOf(told).all);
  });

  it("is counted as it will be read", async () => {
    const { before, after } = world();
    const { id } = await say(before, { input: "Hello" });
    const next = { previous_response_id: id, input: "More" };
    const { input_tokens } = await json(after, "POST", "/v1/responses/input_tokens", {
      model: "hash",
      ...next,
    });
    assert.equal(input_tokens, readOf(await say(after, next)).all);
  });

  it("is read again when a text is read into it", async () => {
    const { before, after, elsewhere } = world();
    const text = "Once upon a time. ".repeat(300);
    const conversation = await begin(before);
    await say(before, { conversation, input: "Hello" });
    const { data } = await json(
      before,
      "GET",
      `/v1/conversations/${conversation}/items?order=asc`,
    );
    const status = await (await read(after, conversation, text)).json();
    const went = await say(after, { conversation, input: "So?" });

    const other = elsewhere();
    const items = data.map(toMessage);
    const fresh = await begin(other, { items });
    await read(other, fresh, text);
    const whole = await say(other, { conversation: fresh, input: "So?" });
    assert.equal(textOf(went), textOf(whole));
    assert.equal(readOf(went).all, readOf(whole).all);
    // What comes before the text does not count as tokens of it.
    assert(status.tokens < readOf(went).cached_tokens);
  });

  it("is continued with other instructions after a text", async () => {
    const { open, clock } = world();
    /** A conversation with a text in it, in a store of its own. */
    const told = async () => {
      const server = open(new HashInference("before"), new MemoryStore({ now: clock.now }));
      const conversation = await begin(server);
      const { tokens } = await (await read(server, conversation, "Once upon a time.")).json();
      return { server, conversation, tokens };
    };
    const instructions = "Be brief.";
    const one = await told();
    const first = await say(one.server, { conversation: one.conversation, input: "So?" });
    const more = await say(one.server, { conversation: one.conversation, instructions });
    // As if it had been told the same with these instructions from the beginning.
    const two = await told();
    const whole = await say(two.server, {
      conversation: two.conversation,
      instructions,
      input: [
        { role: "user", content: "So?" },
        { role: "assistant", content: textOf(first) },
      ],
    });
    assert.equal(textOf(more), textOf(whole));
    assert.equal(readOf(more).all, readOf(whole).all);
    assert(readOf(more).cached_tokens >= one.tokens);
  });

  it("finds states inside long instructions after a text", async () => {
    const { open, clock } = world();
    const forked = async (...endings: string[]) => {
      const server = open(new HashInference("before"), new MemoryStore({ now: clock.now }));
      const conversation = await begin(server);
      const { tokens } = await (await read(server, conversation, "Once upon a time.")).json();
      const answers = [];
      for (const ending of endings) {
        const { id } = await json(server, "POST", `/v1/conversations/${conversation}/fork`, {});
        const instructions = `${"Answer in one line.\n".repeat(20)}Today is ${ending}.`;
        answers.push(await say(server, { conversation: id, instructions, input: "So?" }));
      }
      return { tokens, last: answers.at(-1) };
    };
    const second = await forked("Monday", "Tuesday");
    const alone = await forked("Tuesday");
    assert.equal(textOf(second.last), textOf(alone.last));
    assert.equal(readOf(second.last).all, readOf(alone.last).all);
    assert.equal(readOf(alone.last).cached_tokens, alone.tokens);
    assert(readOf(second.last).cached_tokens > alone.tokens + 300);
  });

  it("says what to do if it has read a text that is not kept", async () => {
    const { before, after } = world();
    const conversation = await begin(before);
    await read(before, conversation, "Once upon a time.");
    const path = `/v1/conversations/${conversation}`;
    const refused = await after.ask("POST", "/v1/responses", ask({ conversation, input: "So?" }));
    const { code, message } = await errorOf(refused, 409);
    assert.equal(code, "text_not_kept");
    assert.match(message, /another model.*\/ingest/);
    const again = await read(after, conversation, "More.");
    assert.equal((await errorOf(again, 409)).code, "text_not_kept");
    // It can be read all the same, and the conversation waits for nothing.
    assert.equal((await json(after, "GET", `${path}/items`)).data.length, 1);
    assert.equal((await json(after, "GET", `${path}/ingest`)).status, "completed");
    await say(before, { conversation, input: "So?" });
  });

  it("says what to do with the beginning of a text", async () => {
    const { before, after, clock } = world();
    const conversation = await begin(before);
    const text = "Once upon a time. ".repeat(300);
    await read(before, conversation, text.slice(0, 5000), { "upload-complete": "?0" });
    clock.time += LEASE_MS + 1;
    const rest = () => read(after, conversation, text.slice(5000), { "upload-offset": "5000" });
    for (let i = 0; i < 2; i++) {
      const { code, message } = await errorOf(await rest(), 409);
      assert.equal(code, "text_not_kept");
      assert.match(message, /DELETE/);
    }
    assert.equal(
      (await json(after, "GET", `/v1/conversations/${conversation}/ingest`)).offset,
      5000,
    );
    await json(after, "DELETE", `/v1/conversations/${conversation}/ingest`);
    assert.equal((await read(after, conversation, text)).status, 200);
  });

  it("is imported with all its ways, and exported again with nothing lost", async () => {
    const { before, elsewhere, open, clock } = world();
    const conversation = await begin(before);
    const first = await say(before, { conversation, input: "Hello" });
    await say(before, { conversation, input: "More" });
    const path = `/v1/conversations/${conversation}`;
    await json(before, "POST", `${path}/rewind`, { response_id: first.id });
    const { data: said } = await json(before, "GET", `${path}/items`);
    const take = async (to: TestServer, from: TestServer, id: string): Promise<string> => {
      const file = await from.ask("GET", `/v1/conversations/${id}/export`);
      const reply = await to.ask("POST", "/v1/conversations/import", undefined, {
        headers: { "content-type": FILE_TYPE },
        body: await file.arrayBuffer(),
      });
      const text = await reply.text();
      assert.equal(reply.status, 200, text);
      return JSON.parse(text).id;
    };
    const there = elsewhere();
    const moved = await take(there, before, conversation);
    const { data } = await json(there, "GET", `/v1/conversations/${moved}/branches`);
    assert.equal(data.length, 2);
    assert.deepEqual((await json(there, "GET", `/v1/conversations/${moved}/items`)).data, said);

    const back = open(new HashInference("before"), new MemoryStore({ now: clock.now }));
    const returned = await take(back, there, moved);
    const next = await say(back, { conversation: returned, input: "Back" });
    assert.equal(readOf(next).cached_tokens, readOf(first).all + first.usage.output_tokens);

    const went = await say(there, { conversation: moved, input: "Back" });
    assert.equal(readOf(went).cached_tokens, 0);
    assert.equal(readOf(went).all, readOf(next).all);
  });
});

/** Says a few letters, and no more until somebody ends it. */
class StallingInference extends HashInference {
  override open(state?: RecurrentState): Sequence {
    const sequence = super.open(state);
    return {
      ...sequence,
      async *generate(options) {
        const pieces = sequence.generate(options);
        let step = await pieces.next();
        for (let n = 0; !step.done; step = await pieces.next()) {
          yield step.value;
          if (++n === 5) {
            await new Promise((_, reject) => {
              options.signal.addEventListener("abort", () => reject(options.signal.reason));
            });
          }
        }
        return step.value;
      },
    };
  }
}

describe("a response that is being made when the model changes", () => {
  /** Cuts an answer off in the middle, or before it begins. */
  async function cut(background: boolean) {
    const parts = world();
    const { open, clock } = parts;
    const before = open(new StallingInference("before"));
    const conversation = await begin(before);
    const asked = {
      conversation,
      input: "Hello",
      max_output_tokens: 4_000,
      [background ? "background" : "stream"]: true,
    };
    const reply = await before.ask("POST", "/v1/responses", ask(asked));
    let id: string;
    let seen = "";
    if (background) {
      ({ id } = await reply.json());
    } else {
      const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
      while (!seen.includes("output_text.delta")) seen += (await reader.read()).value;
      id = /resp_[0-9a-f]{48}/.exec(seen)![0];
      // Let go of as by a server that stops: its client waits for the rest.
      await before.responses.close();
      reader.releaseLock();
    }
    if (background) await before.responses.close();
    clock.time += LEASE_MS + 1;
    return { ...parts, conversation, id };
  }

  it("ends as failed with the text that was seen, and keeps nothing from going on", async () => {
    const { after, conversation, id } = await cut(false);
    const events = await (await after.ask("GET", `/v1/responses/${id}?stream=true`)).text();
    assert.match(events, /"code":"other_model"/);
    assert.match(events, /response\.failed/);
    const { status, error, output } = await json(after, "GET", `/v1/responses/${id}`);
    assert.equal(status, "failed");
    assert.match(error.message, /another model.*Ask again/);
    assert(events.includes("output_text.delta") && output[0].content[0].text !== "");
    const next = await say(after, { conversation, input: "Again" });
    assert.equal(readOf(next).cached_tokens, 0);
  });

  it("begins anew if nothing was seen of it", async () => {
    const { after, id, elsewhere } = await cut(true);
    const { output_tokens } = (await json(after, "GET", `/v1/responses/${id}`)).usage ?? {};
    assert.equal(output_tokens, undefined);
    await (await after.ask("GET", `/v1/responses/${id}?stream=true`)).text();
    const made = await json(after, "GET", `/v1/responses/${id}`);
    const same = await say(elsewhere(), { input: "Hello", max_output_tokens: 4_000 });
    assert.equal(textOf(made), textOf(same));
  });
});

describe("a state that another build wrote", () => {
  it("is passed over, and the conversation read again", async () => {
    const { store, clock } = world();
    // No other state is to be found than that of the response.
    const before = server(store, clock, { TERN_CACHE_BYTES: "1" });
    const { id } = await say(before, { input: "Hello" });
    const entry = (await store.get(nodeKey("public", id)))!;
    const { manifest } = decodeRecord(nodeSchema, entry.value, id);
    const key = manifestKey("public", manifest);
    const record = decodeRecord(manifestSchema, (await store.get(key))!.value, manifest);
    const state = (await store.get(chunkKey("public", record.state.id, 0)))!.value.slice();
    // The version stands after the magic, which has 8 bytes.
    new DataView(state.buffer).setUint32(8, STATE_FORMAT_VERSION + 1, true);
    const { blob, writes } = await splitBlob("public", record.state.id, state);
    const changed = encodeRecord(manifestSchema, { ...record, state: blob });
    await store.commit({ writes: [...writes, { key, value: changed }] });
    const next = await say(before, { previous_response_id: id, input: "More" });
    assert.equal(readOf(next).cached_tokens, 0);
  });
});
