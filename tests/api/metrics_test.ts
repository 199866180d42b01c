import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { toKeyDigest } from "../../src/api/access/key_entry.ts";
import { parsePrometheus } from "../telemetry/prometheus_lines.ts";
import { errorOf } from "../error_of.ts";
import { harness, responseBody, settle } from "./harness.ts";

describe("GET /metrics", () => {
  it("does not exist unless the settings say who may read it", async () => {
    const { app } = harness();
    assert.equal((await errorOf(await app.request("/metrics"), 404)).code, "unknown_url");
  });

  it("is open to everyone if so set, though the API asks for a key", async () => {
    const { app } = harness({ metrics: "open", keys: ["alpha"] });
    const reply = await app.request("/metrics");
    assert.equal(reply.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    parsePrometheus(await reply.text());
  });

  it("asks for its own key, which is none of the API's", async () => {
    const { app } = harness({ metrics: await toKeyDigest("watch"), keys: ["alpha"] });
    await errorOf(await app.request("/metrics"), 401);
    const as = (key: string, path: string) =>
      app.request(path, { headers: { authorization: `Bearer ${key}` } });
    await errorOf(await as("alpha", "/metrics"), 401);
    assert.equal((await as("watch", "/metrics")).status, 200);
    await errorOf(await as("watch", "/v1/models"), 401);
  });

  it("counts requests by the pattern of their path: nothing that a client sent is in it", async () => {
    const { app, post } = harness({ metrics: "open", keys: ["sk-hush"] });
    const headers = { authorization: "Bearer sk-hush", "content-type": "application/json" };
    await post("/v1/responses", responseBody({ input: "hush" }), { headers });
    await app.request("/v1/models/hush", { headers });
    await app.request("/hush", { method: "HUSH" });
    await post("/v1/responses", responseBody({ input: "hush" }));
    const stream = await post("/v1/responses", responseBody({ stream: true }), { headers });
    await stream.text();
    await settle();

    const text = await (await app.request("/metrics")).text();
    assert(!text.includes("hush") && !text.includes("HUSH"));
    assert(!text.includes((await toKeyDigest("sk-hush")).slice(7, 20)));
    const samples = parsePrometheus(text);
    const requests = (labels: string) => samples.get(`tern_http_requests_total{${labels}}`);
    assert.equal(requests('method="POST",route="/v1/responses",status="200"'), 2);
    assert.equal(requests('method="GET",route="/v1/models/:id{.+}",status="404"'), 1);
    assert.equal(requests('method="other",route="/*",status="404"'), 1);
    assert.equal(requests('method="POST",route="/v1/responses",status="401"'), 1);
  });
});
