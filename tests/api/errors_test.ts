import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ApiError, INTERNAL_ERROR, InvalidRequestError } from "../../src/api/errors/errors.ts";
import { toErrorBody, toWireError } from "../../src/api/errors/to_wire_error.ts";
import { RateLimitError } from "../../src/limits/rate_limits.ts";
import { TurnQueueFullError } from "../../src/limits/turn_queue.ts";
import { CorruptSnapshotError, UnknownResponseError } from "../../src/records/errors.ts";
import { StoreUnavailableError } from "../../src/store/errors.ts";
import { StateLayoutError, StateMismatchError, StateVersionError } from "../../src/state/errors.ts";
import { errorOf } from "../error_of.ts";
import { harness, responseBody } from "./harness.ts";

const unknown = new UnknownResponseError("resp_of_someone_else");
const mismatch = new StateMismatchError("served model", "other model");

describe("toWireError", () => {
  it("passes on what is meant for the client", () => {
    const error = new InvalidRequestError("Bad.", "input", "invalid_value");
    assert.deepEqual(toWireError(error)?.body, {
      message: "Bad.",
      type: "invalid_request_error",
      param: "input",
      code: "invalid_value",
    });
    assert.equal(toWireError(error)?.status, 400);
    assert.equal(toWireError(new ApiError(429, "Slow down."))?.status, 429);
  });

  it("says of an unknown response only that it is unknown", () => {
    const wire = toWireError(unknown);
    assert.equal(wire?.status, 404);
    assert.equal(wire?.body.code, "previous_response_not_found");
    assert.equal(wire?.body.param, "previous_response_id");
  });

  it("says of another model's state that it is another model's", () => {
    for (const error of [mismatch, new StateLayoutError("rwkv-7/L2", "rwkv-6/L2")]) {
      const wire = toWireError(error);
      assert.equal(wire?.status, 400);
      assert.equal(wire?.body.param, "previous_response_id");
      assert.match(wire?.body.message ?? "", /another model/);
    }
  });

  it("says why a stored state cannot be used", () => {
    const damaged = new CorruptSnapshotError("chunk 3 of a1", "it is gone");
    for (const error of [damaged, new StateVersionError(2, 1)]) {
      const wire = toWireError(error);
      assert.equal(wire?.status, 400);
      assert.equal(wire?.body.code, "state_unusable");
      assert.ok(wire?.body.message.includes(error.message));
    }
  });

  it("asks to try again when the store does not answer", () => {
    const wire = toWireError(new StoreUnavailableError(10_000, {}));
    assert.equal(wire?.status, 503);
    assert.equal(wire?.headers["retry-after"], "1");
  });

  it("says when to come back to whoever has too many requests waiting", () => {
    const wire = toWireError(new TurnQueueFullError(7));
    assert.equal(wire?.status, 429);
    assert.equal(wire?.headers["retry-after"], "7");
    assert.equal(wire?.body.type, "too_many_requests");
  });

  it("says when to come back to whoever is over the rate, to the millisecond", () => {
    const wire = toWireError(new RateLimitError("tokens", 1000, 61_001));
    assert.equal(wire?.status, 429);
    assert.deepEqual(wire?.headers, { "retry-after": "62", "retry-after-ms": "61001" });
    assert.deepEqual(wire?.body, {
      message: "Rate limit reached: 1000 tokens a minute. Try again in 1m1.001s.",
      type: "too_many_requests",
      param: null,
      code: "rate_limit_exceeded",
    });
  });

  it("has nothing to say when something was aborted", () => {
    assert.equal(toWireError(AbortSignal.abort().reason), null);
    assert.deepEqual(toErrorBody(AbortSignal.abort().reason), INTERNAL_ERROR.body);
  });

  it("hides everything else", () => {
    for (const error of [new Error("secret"), new TypeError("secret"), "secret", null, undefined]) {
      assert.equal(toWireError(error), INTERNAL_ERROR);
      assert(!JSON.stringify(toErrorBody(error)).includes("secret"));
    }
  });
});

describe("an error of the rooms below", () => {
  const errors = [["unknown", unknown, 404], ["mismatch", mismatch, 400]] as const;
  for (const [name, beginError, status] of errors) {
    it(`reaches the client of a stream as an ordinary reply: ${name}`, async () => {
      for (const stream of [true, false]) {
        const { post, lines, chat } = harness();
        const first = await (await post("/v1/responses", responseBody())).json();
        chat.script = { beginError };
        const fields = { previous_response_id: first.id, stream };
        const error = await errorOf(await post("/v1/responses", responseBody(fields)), status);
        assert.equal(error.param, "previous_response_id");
        assert(!lines.some((line) => line.includes('"level":"error"')));
      }
    });
  }
});
