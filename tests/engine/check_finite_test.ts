import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { checkFinite, NonFiniteStateError } from "../../src/engine/non_finite_state_error.ts";

const LARGEST = 3.4028234663852886e38;
const finite = () => Float32Array.of(0, -0, 1, LARGEST, -LARGEST, 1.4e-45);

describe("checkFinite()", () => {
  it("takes what is finite, however large or small, and nothing at all", () => {
    checkFinite(finite());
    checkFinite(new Float32Array());
  });

  for (const bad of [NaN, Infinity, -Infinity]) {
    it(`says where the first ${bad} is, wherever that is`, () => {
      for (const index of finite().keys()) {
        const state = finite();
        state[index] = bad;
        state[state.length - 1] = NaN;
        assert.throws(
          () => checkFinite(state),
          (error) => error instanceof NonFiniteStateError && error.index === index,
        );
      }
    });
  }

  it("knows a NaN by any of its bits", () => {
    const state = finite();
    new Uint32Array(state.buffer)[3] = 0xff80_0001;
    assert.throws(() => checkFinite(state), NonFiniteStateError);
  });
});
