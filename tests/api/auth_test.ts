import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { keyChecker } from "../../src/api/access/auth.ts";
import { AuthenticationError } from "../../src/api/errors/errors.ts";
import { isKey, isKeyDigest } from "../../src/api/access/key_entry.ts";
import { errorOf } from "../error_of.ts";
import { keyDigests } from "../key_digests.ts";
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

  it("names the tenant by the digest of the key", async () => {
    const { response, chat } = await ask(["beta", "alpha"], "Bearer alpha");
    assert.equal(response.status, 200);
    assert.equal(chat.request.tenant, ALPHA.slice(0, 32));
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
      `sha256:${ALPHA.slice(0, at)}${digit === "0" ? "1" : "0"}${ALPHA.slice(at + 1)}`
    );
    await assert.rejects(keyChecker(wrong)("Bearer alpha"), AuthenticationError);
    for (const digits of [ALPHA, ALPHA.toUpperCase()]) {
      const given = await keyChecker([...wrong, `sha256:${digits}`])("Bearer alpha");
      assert.equal(given.toHex(), ALPHA);
    }
  });

  it("does not let an empty token match", async () => {
    await assert.rejects(keyChecker(keyDigests(""))("Bearer"), AuthenticationError);
  });

  it("comes before everything else under /v1, so that strangers learn nothing", async () => {
    const { app } = harness({ keys: ["alpha"] });
    for (const path of ["/v1/models", "/v1/nowhere", "/v1/responses", "/v1/models/tern-test"]) {
      await errorOf(await app.request(path), 401);
    }
  });
});

describe("the list of keys", () => {
  it("takes digests", () => {
    for (const entry of [`sha256:${ALPHA}`, `sha256:${ALPHA.toUpperCase()}`]) {
      assert(isKeyDigest(entry), entry);
    }
  });

  it("takes no key, and no half of a digest", () => {
    for (const entry of ["", "alpha", "sk-1_2.3~4+5/6==", ALPHA, "sha256:", `sha256:${ALPHA}0`]) {
      assert(!isKeyDigest(entry), entry);
    }
  });
});

describe("a key", () => {
  it("is what a client can send", () => {
    assert(["a", "sk-1_2.3~4+5/6=="].every(isKey));
    for (const text of ["", "a b", "clé", "a=b", `sha256:${ALPHA}`]) assert(!isKey(text), text);
  });
});
