import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type PromptProgress, withProgress } from "../../src/turn/prompt_progress.ts";
import type { Sequence } from "../../src/engine/inference.ts";

const never = new AbortController().signal;

/** A sequence that tells of each token. */
function sequence(): Sequence {
  const tell = (tokens: readonly number[], onRead?: (tokens: number) => void) =>
    tokens.forEach((_, index) => onRead?.(index + 1));
  return {
    read(tokens, _signal, onRead) {
      tell(tokens, onRead);
      return Promise.resolve(new Float32Array(1));
    },
    // deno-lint-ignore require-yield -- there is no answer
    async *generate({ prompt, onRead }) {
      await Promise.resolve();
      tell(prompt, onRead);
      return { reason: "stop", tokens: 0 };
    },
    state: () => Promise.reject(new Error("nobody asks for it")),
    close() {},
  };
}

describe("withProgress", () => {
  it("counts all reads of a prompt, after what a state had read", async () => {
    const told: PromptProgress[] = [];
    let time = 1_000;
    const reading = withProgress(sequence(), {
      onProgress: (progress) => told.push(progress),
      cached: 10,
      total: () => 16,
      now: () => time += 5,
    });
    await reading.read([1, 2], never);
    await reading.read([3], never);
    const options = { prompt: [4, 5, 6], sampling: { seed: 1 } };
    await reading.generate(options as unknown as Parameters<Sequence["generate"]>[0]).next();
    assert.deepEqual(told.map(({ processed }) => processed), [11, 12, 13, 14, 15, 16]);
    assert(told.every(({ total, cached }) => total === 16 && cached === 10));
    assert.deepEqual(told.map(({ ms }) => ms), [5, 10, 15, 20, 25, 30]);
  });

  it("is the sequence itself where nobody wants to know", () => {
    const inner = sequence();
    const options = { onProgress: undefined, cached: 0, total: () => 1, now: () => 0 };
    assert.equal(withProgress(inner, options), inner);
  });
});
