import assert from "node:assert/strict";
import type { Quota } from "../../src/limits/quota.ts";
import { countedUsage, recountUsage } from "../../src/cleanup/recount.ts";
import { errorOf } from "../error_of.ts";
import { harness, type HarnessOptions } from "./harness.ts";

/** The tenant of requests without a key. */
export const TENANT = "public";
/** Milliseconds. */
export const DAY = 24 * 60 * 60 * 1000;

/** A server with quotas, and the calls of a client. */
export function quotaServer(options: HarnessOptions & { quota?: Partial<Quota> } = {}) {
  const h = harness(options);
  const send = (method: string, path: string, body?: unknown) =>
    Promise.resolve(h.app.request(path, {
      method,
      ...(body === undefined ? {} : {
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    }));
  const made = async (path: string, body: unknown = {}): Promise<{ id: string }> => {
    const response = await send("POST", path, body);
    assert.equal(response.status, 200, await response.clone().text());
    return await response.json();
  };
  const usage = () => countedUsage(h.store, TENANT);
  /** Compares what was counted with what there is. */
  const check = async () => {
    await h.responses.settled();
    assert.deepEqual(await usage(), await recountUsage(h.store, TENANT));
  };
  return { ...h, send, made, usage, check };
}

/** Checks that a reply refuses what goes beyond a quota. */
export async function refused(reply: Promise<Response> | Response): Promise<void> {
  const response = await reply;
  const { code, type } = await errorOf(response, 429);
  assert.deepEqual([code, type], ["insufficient_quota", "too_many_requests"]);
  assert.equal(response.headers.get("x-should-retry"), "false");
}
