import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { Sha256State } from "../../src/records/sha256_state.ts";
import { seededRandom } from "../state/random_state.ts";

const SEED = Number(Deno.env.get("TERN_TEST_SEED") ?? Date.now() % 1_000_000);

describe("Sha256State", () => {
  it("is SHA-256, however the bytes come, and whoever goes on", async () => {
    const random = seededRandom(SEED);
    for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 10_007]) {
      const bytes = Uint8Array.from({ length }, () => Math.floor(random() * 256));
      let state = new Sha256State();
      for (let at = 0; at < length;) {
        const size = 1 + Math.floor(random() * 200);
        state.update(bytes.subarray(at, at + size));
        if (random() < 0.3) state = Sha256State.restore(state.save());
        at += size;
      }
      const expected = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      assert.equal(state.digest().toHex(), expected.toHex(), `${length} bytes, seed ${SEED}`);
      assert.equal(state.digest().toHex(), expected.toHex(), "twice");
    }
  });

  it("goes on from nothing else", () => {
    const state = new Sha256State();
    state.update(new Uint8Array(10));
    assert.throws(() => Sha256State.restore(state.save().slice(0, -1)), RangeError);
    assert.throws(() => Sha256State.restore(new Uint8Array(3)), RangeError);
  });
});
