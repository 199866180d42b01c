import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { tokenLogprobs } from "../../src/sampling/token_logprobs.ts";
import { Fuzz } from "../fuzz.ts";

describe("tokenLogprobs", () => {
  it("gives the likeliest in falling order, as sorting would", () => {
    const fuzz = new Fuzz("token logprobs");
    for (let round = 0; round < 500; round++) {
      const range = fuzz.pick([3, 1000]);
      const logits = Float32Array.from({ length: 1 + fuzz.below(50) }, () => fuzz.below(range) / 7);
      const token = fuzz.below(logits.length);
      const count = fuzz.below(21);
      const { logprob, top } = tokenLogprobs(logits, token, count);
      const sum = logits.reduce((total, logit) => total + Math.exp(logit - logits[token]!), 0);
      assert(Math.abs(logprob + Math.log(sum)) < 1e-4, `${logprob} ${-Math.log(sum)}`);
      const sorted = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b);
      assert.deepEqual(top.map(({ token }) => token), sorted.slice(0, count));
      for (const entry of top) if (entry.token === token) assert.equal(entry.logprob, logprob);
    }
  });

  it("does not name tokens that cannot be", () => {
    const { top } = tokenLogprobs(new Float32Array([1, -Infinity, 2, -Infinity]), 2, 4);
    assert.deepEqual(top.map(({ token }) => token), [2, 0]);
  });
});
