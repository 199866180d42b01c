import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { quotaServer } from "./quota_server.ts";
import { responseBody } from "./harness.ts";

describe("GET /v1/usage", () => {
  it("shows what a key keeps and may keep, and what it gets back", async () => {
    const quota = { bytes: 5_000_000, responses: 3 };
    const { made, send, usage, responses } = quotaServer({ quota });
    const shown = async () => await (await send("GET", "/v1/usage")).json();
    const limits = {
      stored_bytes: 5_000_000,
      responses: 3,
      conversations: null,
      cached_bytes: null,
    };
    const nothing = { bytes: 0, responses: 0, conversations: 0 };
    assert.deepEqual(await shown(), {
      object: "usage",
      stored: nothing,
      cached: { bytes: 0 },
      limits,
    });
    const { id } = await made("/v1/conversations");
    await made("/v1/responses", responseBody({ conversation: id }));
    await responses.settled();
    const { stored } = await shown();
    assert.deepEqual([stored.responses, stored.conversations], [1, 1]);
    assert.equal(stored.bytes, (await usage()).bytes);
    assert.ok(stored.bytes > 1000);
    await send("DELETE", `/v1/conversations/${id}`);
    assert.deepEqual((await shown()).stored, nothing);
  });
});
