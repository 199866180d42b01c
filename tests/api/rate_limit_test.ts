import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { RATE_LIMIT_HEADERS } from "../../src/api/access/rate_limit.ts";
import { errorOf } from "../error_of.ts";
import { harness, responseBody } from "./harness.ts";

function budgets({ headers }: Response): Record<string, string | null> {
  return Object.fromEntries(RATE_LIMIT_HEADERS.map((name) => [name, headers.get(name)]));
}

const as = (key: string) => ({
  headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
});

describe("rate limits", () => {
  it("are told on every reply of the API, in OpenAI's form", async () => {
    const { app, post } = harness({ rates: { requests: 3, tokens: 1000 } });
    const expected = (remaining: string, reset: string) => ({
      "x-ratelimit-limit-requests": "3",
      "x-ratelimit-remaining-requests": remaining,
      "x-ratelimit-reset-requests": reset,
      "x-ratelimit-limit-tokens": "1000",
      "x-ratelimit-remaining-tokens": "1000",
      "x-ratelimit-reset-tokens": "0s",
    });
    const stream = await post("/v1/responses", responseBody({ stream: true }));
    assert.deepEqual(budgets(stream), expected("2", "20s"));
    await stream.body?.cancel();
    const missing = await app.request("/v1/nowhere");
    assert.equal(missing.status, 404);
    assert.deepEqual(budgets(missing), expected("1", "40s"));
    assert.deepEqual(budgets(await app.request("/v1/models")), expected("0", "1m0s"));
  });

  it("refuse what is over the rate, until there is something again", async () => {
    const { post, chat, time } = harness({ rates: { requests: 1, tokens: 0 } });
    assert.equal((await post("/v1/responses", responseBody())).status, 200);
    const refused = await post("/v1/responses", responseBody());
    assert.equal(refused.headers.get("retry-after"), "60");
    assert.equal(refused.headers.get("retry-after-ms"), "60000");
    assert.equal(refused.headers.get("x-ratelimit-remaining-requests"), "0");
    assert.equal(refused.headers.get("x-ratelimit-limit-tokens"), null);
    const error = await errorOf(refused, 429);
    assert.equal(error.code, "rate_limit_exceeded");
    assert.equal(error.type, "too_many_requests");
    assert.equal(chat.requests.length, 1);
    time.now += 60_000;
    assert.equal((await post("/v1/responses", responseBody())).status, 200);
  });

  it("are each tenant's own, and cost strangers nothing", async () => {
    const { app } = harness({ keys: ["alpha", "beta"], rates: { requests: 1, tokens: 0 } });
    assert.equal((await app.request("/v1/models", as("alpha"))).status, 200);
    assert.equal((await app.request("/v1/models", as("alpha"))).status, 429);
    assert.equal((await app.request("/v1/models", as("beta"))).status, 200);
    const stranger = await app.request("/v1/models", as("gamma"));
    assert.equal(stranger.status, 401);
    assert.equal(stranger.headers.get("x-ratelimit-limit-requests"), null);
  });

  it("leave alone what is no part of the API", async () => {
    const { app } = harness({ rates: { requests: 1, tokens: 0 } });
    for (let i = 0; i < 5; i++) {
      const reply = await app.request("/health");
      assert.equal(reply.status, 200);
      assert.equal(reply.headers.get("x-ratelimit-limit-requests"), null);
    }
  });

  it("are not in the way where there are none", async () => {
    const { app } = harness();
    const reply = await app.request("/v1/models");
    assert(Object.values(budgets(reply)).every((value) => value === null));
  });
});
