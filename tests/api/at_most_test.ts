import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { atMost } from "../../src/api/answers/at_most.ts";
import type { BeginAnswer } from "../../src/api/answers/choices.ts";
import { AnswerStream } from "../../src/stream/answer_stream.ts";
import type { TurnEvent } from "../../src/turn/turn.ts";

const END: TurnEvent = {
  type: "end",
  reason: "stop",
  usage: { prompt: 1, cached: 0, completion: 1 },
};
const settle = () => new Promise((resolve) => setTimeout(resolve));

/** Turns that end when they are told to, and how many run. */
function turns(count: number, failing: readonly number[] = []) {
  const ends: PromiseWithResolvers<void>[] = [];
  const begun: number[] = [];
  const begins = Array.from({ length: count }, (_, index): BeginAnswer => (signal) => {
    begun.push(index);
    if (failing.includes(index)) return Promise.reject(new Error(`turn ${index}`));
    const end = ends[index] = Promise.withResolvers();
    return Promise.resolve(
      new AnswerStream<TurnEvent>(async function* () {
        await end.promise;
        yield END;
      }, signal),
    );
  });
  return { begins, begun, ends };
}

describe("atMost", () => {
  const never = new AbortController().signal;

  it("begins the next turn when one has ended, failed or been cancelled", async () => {
    const { begins, begun, ends } = turns(6, [1]);
    const limited = atMost(2, begins).map((begin) => begin(never, {}));
    limited[1]!.catch(() => {});
    await settle();
    assert.deepEqual(begun, [0, 1, 2], "1 did not begin");
    const first = await limited[0]!;
    ends[0]!.resolve();
    assert.equal((await first.next()).value?.type, "end");
    await settle();
    assert.deepEqual(begun, [0, 1, 2, 3]);
    await (await limited[2]!).return();
    await settle();
    assert.deepEqual(begun, [0, 1, 2, 3, 4]);
    ends[3]!.reject(new Error("broken"));
    await assert.rejects(async () => await (await limited[3]!).next(), /broken/);
    await settle();
    assert.deepEqual(begun, [0, 1, 2, 3, 4, 5]);
    await assert.rejects(limited[1]!, /turn 1/);
  });

  it("does not begin what waits when the signal aborts, and goes on without it", async () => {
    const { begins, begun, ends } = turns(4);
    const left = new AbortController();
    const limited = atMost(1, begins);
    const first = await limited[0]!(never, {});
    const waiting = limited[1]!(left.signal, {});
    const other = limited[2]!(never, {});
    left.abort(new Error("left"));
    await assert.rejects(waiting, /left/);
    await assert.rejects(limited[3]!(left.signal, {}), /left/);
    ends[0]!.resolve();
    await first.next();
    await other;
    assert.deepEqual(begun, [0, 2]);
  });
});
