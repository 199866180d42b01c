import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type PromptProgress, PromptReading } from "../../src/turn/prompt_progress.ts";

describe("PromptReading", () => {
  it("counts all reads of a prompt, after what a state had read", () => {
    const told: PromptProgress[] = [];
    let time = 1_000;
    const reading = new PromptReading({
      onProgress: (progress) => told.push(progress),
      cached: 10,
      processed: 10,
      total: 16,
      now: () => time += 5,
    });
    for (const tokens of [2, 1, 3]) {
      for (let read = 1; read <= tokens; read++) reading.onRead?.(read);
      reading.add(tokens);
    }
    assert.deepEqual(told.map(({ processed }) => processed), [11, 12, 13, 14, 15, 16]);
    assert(told.every(({ total, cached }) => total === 16 && cached === 10));
    assert.deepEqual(told.map(({ ms }) => ms), [5, 10, 15, 20, 25, 30]);
  });

  it("asks for nothing where nobody wants to know", () => {
    const options = { onProgress: undefined, cached: 0, processed: 0, total: 1, now: () => 0 };
    assert.equal(new PromptReading(options).onRead, undefined);
  });
});
