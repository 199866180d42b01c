import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { MeteredWorker } from "../../scripts/deploy/metered_worker.ts";
import { ApiClient } from "../http_suite/client.ts";
import { builtWorker } from "./workerd.ts";

describe("what a request costs on Cloudflare", () => {
  let data: string;
  let worker: MeteredWorker;
  let client: ApiClient;

  beforeAll(async () => {
    data = await Deno.makeTempDir();
    worker = await MeteredWorker.start(await builtWorker(), { persist: data });
    client = new ApiClient(worker.url);
    await client.fetch("/health");
  });

  afterAll(async () => {
    await worker[Symbol.asyncDispose]();
    await Deno.remove(data, { recursive: true });
  });

  const ask = { model: "tern-7m", temperature: 0 };

  it("is at most eight rows for a chat", async () => {
    const { rows, calls } = await worker.measure(async () => {
      const reply = await client.post("/v1/chat/completions", {
        ...ask,
        messages: [{ role: "user", content: "Hello." }],
        max_tokens: 40,
      });
      await reply.text();
    });
    assert(rows > 0 && rows <= 8, `${rows} rows in ${calls} calls`);
  });

  it("is at most 25 rows for a stored answer of 161 tokens", async () => {
    const { rows, calls } = await worker.measure(() =>
      client.respond({
        ...ask,
        input: "Tell me a long story about a cat, a dog and a bird.",
        max_output_tokens: 161,
        logit_bias: { 0: -100 },
      })
    );
    // Tokens gather for a time: each group that a busy machine writes more is one more call, of two rows.
    const groups = Math.max(0, calls - 10);
    assert(rows > 0 && rows <= 25 + 2 * groups, `${rows} rows in ${calls} calls`);
  });

  it("is nothing for what is not to be stored", async () => {
    const { rows } = await worker.measure(() =>
      client.respond({ ...ask, input: "Hello.", max_output_tokens: 10, store: false })
    );
    assert.equal(rows, 0);
  });
});
