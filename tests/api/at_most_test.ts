import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { atMost } from "../../src/api/answers/at_most.ts";
import type { BeginTurn } from "../../src/api/answers/choices.ts";
import type { TurnEvent } from "../../src/turn/turn.ts";

const start = { manifest: null, tokens: 0, unread: 0, prefix: "", seed: 1 };
const settle = () => new Promise((resolve) => setTimeout(resolve));

/** Turns that end when they are told to, and how many run. */
function turns(count: number, failing: readonly number[] = []) {
  const controllers: ReadableStreamDefaultController<TurnEvent>[] = [];
  const begun: number[] = [];
  const begins = Array.from({ length: count }, (_, index): BeginTurn => () => {
    begun.push(index);
    if (failing.includes(index)) return Promise.reject(new Error(`turn ${index}`));
    const events = new ReadableStream<TurnEvent>({
      start: (controller) => void (controllers[index] = controller),
    });
    return Promise.resolve({ seed: 1, start, events });
  });
  return { begins, begun, controllers };
}

describe("atMost", () => {
  const never = new AbortController().signal;

  it("begins the next turn when one has ended, failed or been cancelled", async () => {
    const { begins, begun, controllers } = turns(6, [1]);
    const limited = atMost(2, begins).map((begin) => begin(never, {}));
    limited[1]!.catch(() => {});
    await settle();
    assert.deepEqual(begun, [0, 1, 2], "1 did not begin");
    const first = (await limited[0]!).events.getReader();
    controllers[0]!.close();
    assert((await first.read()).done);
    await settle();
    assert.deepEqual(begun, [0, 1, 2, 3]);
    await (await limited[2]!).events.cancel();
    await settle();
    assert.deepEqual(begun, [0, 1, 2, 3, 4]);
    controllers[3]!.error(new Error("broken"));
    await assert.rejects(async () => await (await limited[3]!).events.getReader().read(), /broken/);
    await settle();
    assert.deepEqual(begun, [0, 1, 2, 3, 4, 5]);
    await assert.rejects(limited[1]!, /turn 1/);
  });

  it("does not begin what waits when the signal aborts, and goes on without it", async () => {
    const { begins, begun, controllers } = turns(4);
    const left = new AbortController();
    const limited = atMost(1, begins);
    const first = await limited[0]!(never, {});
    const waiting = limited[1]!(left.signal, {});
    const other = limited[2]!(never, {});
    left.abort(new Error("left"));
    await assert.rejects(waiting, /left/);
    await assert.rejects(limited[3]!(left.signal, {}), /left/);
    controllers[0]!.close();
    await first.events.getReader().read();
    await other;
    assert.deepEqual(begun, [0, 2]);
  });
});
