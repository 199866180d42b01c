import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SeenTokens } from "../../src/sampling/seen_tokens.ts";
import { Fuzz } from "../fuzz.ts";

describe("SeenTokens", () => {
  it("has the tokens of the last additions, each once, also after it was saved", () => {
    const fuzz = new Fuzz("seen tokens");
    for (let round = 0; round < 200; round++) {
      const window = fuzz.pick([0, 1, 2, 5, 40, Infinity]);
      let seen = new SeenTokens(window);
      const all: number[] = [];
      for (let i = 0; i < 60; i++) {
        const token = fuzz.below(12);
        all.push(token);
        seen.add(token);
        const last = window === 0 ? [] : all.slice(-window);
        assert.deepEqual([...seen].sort(), [...new Set(last)].sort(), `${window}, ${all}`);
        if (fuzz.next() > 0.1) continue;
        const saved = seen.save();
        seen = new SeenTokens(window);
        for (const again of saved) seen.add(again);
      }
    }
  });
});
