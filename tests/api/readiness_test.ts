import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Hono } from "hono";
import type { ApiEnv } from "../../src/api/http/context.ts";
import {
  createReadiness,
  type ReadinessChecks,
  showReadiness,
} from "../../src/api/server/readiness.ts";

function checks(changes: Partial<ReadinessChecks> = {}): ReadinessChecks {
  return {
    store: () => Promise.resolve(),
    model: () => Promise.resolve(),
    report: () => {},
    now: () => 0,
    ...changes,
  };
}

async function reply(changes: Partial<ReadinessChecks>) {
  const app = new Hono<ApiEnv>().get("/", showReadiness(createReadiness(checks(changes))));
  const reply = await app.request("/");
  return { status: reply.status, body: await reply.json() };
}

describe("readiness", () => {
  it("is 503 with the part that fails, and says in the log alone why", async () => {
    const told: unknown[] = [];
    const failure = new Error("connect ECONNREFUSED redis.internal:6379");
    const { status, body } = await reply({
      store: () => Promise.reject(failure),
      report: (...args) => told.push(args),
    });
    assert.equal(status, 503);
    assert.deepEqual(body, { status: "failing", store: "failing", model: "ok" });
    assert.deepEqual(told, [["not ready: store", failure]]);
  });

  it("is 503 while the server stops, so that no more requests are sent to it", async () => {
    const closing = AbortSignal.abort();
    assert.deepEqual(await reply({ closing }), {
      status: 503,
      body: { status: "stopping", store: "ok", model: "ok" },
    });
  });

  it("looks once for all who ask within two seconds", async () => {
    let looks = 0;
    let time = 0;
    const ready = createReadiness(checks({
      now: () => time,
      model: () => Promise.resolve(looks++),
    }));
    await Promise.all([ready(), ready(), ready()]);
    time = 1_999;
    await ready();
    assert.equal(looks, 1);
    time = 2_000;
    await ready();
    assert.equal(looks, 2);
  });
});
