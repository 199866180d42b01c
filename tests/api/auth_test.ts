import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isKeyEntry } from "../../src/api/key_entry.ts";
import { errorOf } from "../error_of.ts";
import { chatBody, harness } from "./harness.ts";

/** SHA-256 of "alpha". */
const ALPHA = "8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8";

describe("authorisation", () => {
  const ask = async (keys: readonly string[], authorization?: string) => {
    const { post, chat } = harness({ keys });
    const headers = {
      "content-type": "application/json",
      ...(authorization === undefined ? {} : { authorization }),
    };
    return { response: await post("/v1/chat/completions", chatBody(), { headers }), chat };
  };

  it("lets everyone in as one tenant when there are no keys", async () => {
    for (const authorization of [undefined, "Bearer whatever"]) {
      const { response, chat } = await ask([], authorization);
      assert.equal(response.status, 200);
      assert.equal(chat.request.tenant, "public");
    }
  });

  it("names the tenant by the digest of the key, however the key is configured", async () => {
    for (const entry of ["alpha", `sha256:${ALPHA}`, `sha256:${ALPHA.toUpperCase()}`]) {
      const { response, chat } = await ask(["beta", entry], "Bearer alpha");
      assert.equal(response.status, 200);
      assert.equal(chat.request.tenant, ALPHA.slice(0, 32));
    }
  });

  it("gives each key a tenant of its own", async () => {
    const first = await ask(["alpha", "beta"], "Bearer alpha");
    const second = await ask(["alpha", "beta"], "bearer   beta");
    assert.equal(second.response.status, 200);
    assert.notEqual(first.chat.request.tenant, second.chat.request.tenant);
  });

  it("asks for a key when there is none", async () => {
    const { response, chat } = await ask(["alpha"]);
    assert.equal(response.headers.get("www-authenticate"), "Bearer");
    const error = await errorOf(response, 401);
    assert.equal(error.code, "invalid_api_key");
    assert.equal(error.type, "invalid_request_error");
    assert.equal(chat.requests.length, 0);
  });

  for (
    const wrong of [
      "Bearer beta",
      "Bearer alph",
      "Bearer alphaa",
      "Bearer ALPHA",
      "Bearer ",
      "Bearer",
      "alpha",
      "Basic alpha",
      "Bearer alpha alpha",
      `Bearer ${ALPHA}`,
      `Bearer sha256:${ALPHA}`,
    ]
  ) {
    it(`refuses '${wrong}' without repeating it`, async () => {
      const { response, chat } = await ask(["alpha", "gamma"], wrong);
      assert.equal(response.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
      const error = await errorOf(response, 401);
      assert(!error.message.includes("alph"));
      assert.equal(chat.requests.length, 0);
    });
  }

  it("compares whole digests: one digit, wherever it is, makes another key", async () => {
    const wrong = [...ALPHA].map((digit, at) =>
      ALPHA.slice(0, at) + (digit === "0" ? "1" : "0") + ALPHA.slice(at + 1)
    );
    const { response } = await ask(wrong.map((digits) => `sha256:${digits}`), "Bearer alpha");
    await errorOf(response, 401);
  });

  it("does not let an empty token match", async () => {
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const { response } = await ask([`sha256:${empty}`], "Bearer");
    await errorOf(response, 401);
  });

  it("comes before everything else under /v1, so that strangers learn nothing", async () => {
    const { app } = harness({ keys: ["alpha"] });
    for (const path of ["/v1/models", "/v1/nowhere", "/v1/responses", "/v1/models/tern-test"]) {
      await errorOf(await app.request(path), 401);
    }
  });
});

describe("isKeyEntry", () => {
  it("takes tokens and digests", () => {
    for (const entry of ["a", "sk-1_2.3~4+5/6==", `sha256:${ALPHA}`]) {
      assert(isKeyEntry(entry), entry);
    }
  });

  it("takes nothing that no client could send, and no half of a digest", () => {
    for (const entry of ["", "a b", "clé", "a=b", "sha256:", "sha256:abcd", `sha256:${ALPHA}0`]) {
      assert(!isKeyEntry(entry), entry);
    }
  });
});
