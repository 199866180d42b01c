import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { errorOf } from "../error_of.ts";
import { chatBody, harness } from "./harness.ts";

const PATHS = ["/v1/chat/completions", "/v1/responses"] as const;
const encoder = new TextEncoder();

/** A body that arrives in pieces, and whether it was cancelled. */
function streamed(chunks: Iterable<Uint8Array<ArrayBuffer>>) {
  const state = { cancelled: false, sent: 0 };
  const iterator = chunks[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) return controller.close();
      state.sent += value.length;
      controller.enqueue(value);
    },
    cancel() {
      state.cancelled = true;
    },
  });
  return { body, state };
}

function* endless(): Generator<Uint8Array<ArrayBuffer>> {
  while (true) yield new Uint8Array(64).fill(0x20);
}

describe("a request body", () => {
  for (const path of PATHS) {
    for (
      const type of ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"]
    ) {
      it(`of type '${type}' is refused by ${path}`, async () => {
        const { post } = harness();
        const response = await post(path, chatBody(), { headers: { "content-type": type } });
        assert.equal((await errorOf(response, 415)).code, "unsupported_media_type");
      });
    }

    it(`that is compressed is refused by ${path}`, async () => {
      const { post } = harness();
      const headers = { "content-type": "application/json", "content-encoding": "gzip" };
      await errorOf(await post(path, chatBody(), { headers }), 415);
    });

    for (const text of ["", "   ", "{", "{'a': 1}", '{"a": 1,}', '"\u0007"', "[1] 2", "NaN"]) {
      it(`of ${JSON.stringify(text)} is refused by ${path} as JSON`, async () => {
        const { post } = harness();
        assert.equal((await errorOf(await post(path, text), 400)).code, "invalid_json");
      });
    }

    it(`that is not there is refused by ${path} as JSON`, async () => {
      const { post } = harness();
      const response = await post(path, "", { body: null });
      assert.equal((await errorOf(response, 400)).code, "invalid_json");
    });

    for (const text of ["null", "1", '"text"', "[]", "[{}]", "true"]) {
      it(`of ${text} is refused by ${path} as not an object`, async () => {
        const { post } = harness();
        const error = await errorOf(await post(path, text), 400);
        assert.equal(error.code, "invalid_type");
        assert.equal(error.param, null);
        assert.match(error.message, /^Invalid body: expected an object, but got /);
      });
    }

    it(`that is not UTF-8 is refused by ${path}`, async () => {
      const { post } = harness();
      for (const bytes of [[0x22, 0xff, 0x22], [0x22, 0xc3], [0x22, 0xed, 0xa0, 0x80, 0x22]]) {
        const response = await post(path, "", { body: new Uint8Array(bytes) });
        assert.equal((await errorOf(response, 400)).code, "invalid_utf8");
      }
    });

    it(`whose announced length is over the limit is refused by ${path} unread`, async () => {
      const { post } = harness({ maxBodyBytes: 1000 });
      const { body, state } = streamed(endless());
      const headers = { "content-type": "application/json", "content-length": "1001" };
      const response = await post(path, "", { body, headers });
      const error = await errorOf(response, 413);
      assert.equal(error.code, "request_too_large");
      assert.match(error.message, /1000 bytes/);
      assert(state.sent <= 64, `${state.sent} bytes were taken`);
    });

    for (const announced of [undefined, "10", "-1", "banana", "0"]) {
      it(`that is longer than its announced length of ${announced} is stopped by ${path}`, async () => {
        const { post, chat } = harness({ maxBodyBytes: 1000 });
        const { body, state } = streamed(endless());
        const headers = {
          "content-type": "application/json",
          ...(announced ? { "content-length": announced } : {}),
        };
        await errorOf(await post(path, "", { body, headers }), 413);
        assert(state.cancelled, "the rest of the body was not cancelled");
        assert(state.sent < 2000, `${state.sent} bytes were taken`);
        assert.equal(chat.requests.length, 0);
      });
    }
  }

  it("may be exactly as long as the limit, and not a byte longer", async () => {
    const text = JSON.stringify(chatBody());
    const { post } = harness({ maxBodyBytes: text.length });
    assert.equal((await post(PATHS[0], text)).status, 200);
    await errorOf(await post(PATHS[0], text + " "), 413);
  });

  it("counts in bytes, not in characters", async () => {
    const body = chatBody({ messages: [{ role: "user", content: "é".repeat(600) }] });
    const { post } = harness({ maxBodyBytes: 1000 });
    await errorOf(await post(PATHS[0], body), 413);
  });

  it("may come in single bytes, with characters split between them", async () => {
    const { post, chat } = harness();
    const text = JSON.stringify(chatBody({ messages: [{ role: "user", content: "d’été 🐦" }] }));
    const { body } = streamed([...encoder.encode(text)].map((byte) => new Uint8Array([byte])));
    assert.equal((await post(PATHS[0], "", { body })).status, 200);
    assert.deepEqual(chat.request.messages, [{ role: "user", text: "d’été 🐦" }]);
  });

  it("may say its charset, in any case", async () => {
    const { post } = harness();
    const headers = { "content-type": "Application/JSON; charset=UTF-8" };
    assert.equal((await post(PATHS[0], chatBody(), { headers })).status, 200);
  });

  it("may name a field twice: the last one counts", async () => {
    const { post, chat } = harness();
    const text = JSON.stringify(chatBody()).replace("{", '{"seed": 1, "seed": 2, ');
    assert.equal((await post(PATHS[0], text)).status, 200);
    assert.equal(chat.request.sampling.seed, 2);
  });

  it("cannot reach prototypes", async () => {
    const { post } = harness({ strict: true });
    const open = harness();
    for (const key of ["__proto__", "constructor", "toString"]) {
      const text = JSON.stringify(chatBody()).replace("{", `{"${key}": {"stream": true}, `);
      const error = await errorOf(await post(PATHS[0], text), 400);
      assert.equal(error.code, "unknown_parameter");
      assert.equal(error.param, key);
      for (const fields of [text, text.replace("{", '{"extra_body": {"__proto__": {"n": 2}}, ')]) {
        const reply = await open.post(PATHS[0], fields);
        assert.equal((await reply.json()).object, "chat.completion");
        assert.match(reply.headers.get("tern-ignored") ?? "", new RegExp(key));
      }
    }
    assert.equal(Object.getPrototypeOf({}), Object.prototype);
  });

  it("nested a hundred thousand levels deep is an ordinary error", async () => {
    const { post } = harness({ maxBodyBytes: 1_000_000 });
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    for (const field of ["messages", "tools", "nonsense", "response_format"]) {
      const text = JSON.stringify(chatBody()).replace("{", `{"${field}": ${deep}, `)
        .replace(/"messages":\[\{.*\}\]/, (own) => field === "messages" ? '"seed":1' : own);
      await errorOf(await post(PATHS[0], text), 400);
    }
  });

  it("whose client is gone gets no answer", async () => {
    const { post, chat } = harness();
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.error(new TypeError("connection closed")),
    });
    const response = await post(PATHS[0], "", { body, signal: AbortSignal.abort() });
    assert.equal(response.status, 499);
    assert.equal(response.body, null);
    assert.equal(chat.requests.length, 0);
  });
});
