import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { FailedResponseError, failureOf } from "../../src/api/responses/stored_failure.ts";
import { Failure } from "../../src/failure/failure.ts";
import { errorOf } from "../error_of.ts";
import { harness, responseBody } from "./harness.ts";

class WorkshopClosedError extends Failure {
  override readonly name = "WorkshopClosedError";
  override readonly category = "unavailable";
  override readonly code = "workshop_closed";

  override get clientMessage(): string {
    return "The workshop is closed.";
  }
}

describe("a stored response that failed", () => {
  const script = { pieces: ["Hel"], streamError: new WorkshopClosedError("at night") };

  it("has the status of the error for whoever waits for the whole of it", async () => {
    const { post } = harness({ script });
    const error = await errorOf(await post("/v1/responses", responseBody({ store: true })), 503);
    assert.equal(error.code, "workshop_closed");
    assert.equal(error.message, "The workshop is closed.");
  });

  it("has the code and the type of the error in its events, at first and again", async () => {
    const { app, post } = harness({ script });
    const reply = await post("/v1/responses", responseBody({ store: true, stream: true }));
    const events = await reply.text();
    const id = /"id":"(resp_[^"]+)"/.exec(events)![1]!;
    const told = {
      message: "The workshop is closed.",
      type: "server_error",
      param: null,
      code: "workshop_closed",
    };
    const [, data] = /^event: error\ndata: (.*)$/m.exec(events)!;
    assert.deepEqual(JSON.parse(data!).error, told);
    const again = await (await app.request(`/v1/responses/${id}?stream=true`)).text();
    assert.equal(again, events);
    const stored = await (await app.request(`/v1/responses/${id}`)).json();
    assert.equal(stored.status, "failed");
    // OpenAI lists the codes that the object may have.
    assert.deepEqual(stored.error, { code: "server_error", message: "The workshop is closed." });
  });
});

describe("the record of a failure", () => {
  const body = { message: "No.", param: null, code: "internal_error" };
  const rows = [["server_error", 500], ["too_many_requests", 429], [
    "invalid_request_error",
    400,
  ]] as const;

  for (const [type, status] of rows) {
    it(`of an earlier version has the status of its type: ${type}`, () => {
      const end = { type: "failed", at: 0, failure: { ...body, type } } as const;
      assert.equal(new FailedResponseError(end).status, status);
      assert.deepEqual(failureOf(end), { ...body, type });
    });
  }
});
