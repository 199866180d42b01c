import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { stateLayout } from "../../src/state/layout.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import {
  NoStateSecretError,
  type SealedState,
  SealedStateError,
  StateSealer,
} from "../../src/state/sealed_state.ts";
import { randomState } from "./random_state.ts";

const LAYOUT = stateLayout({ version: "7", n_layer: 2, n_embd: 64, head_size: 64 });
const OWNER = { tenant: "tenant", modelFingerprint: "model" };
const OLD = "o".repeat(32);
const NEW = "n".repeat(32);

const sealer = (secrets: readonly string[], precision: "f32" | "f16" = "f32") =>
  new StateSealer({ secrets, precision });

const sealed = (state = randomState(LAYOUT, 1)): SealedState => ({
  response: "resp_2",
  parent: "resp_1",
  state,
  tokens: 12,
  instructions: null,
  prefix: "abc",
});

describe("StateSealer", () => {
  it("opens what it sealed, bit by bit", async () => {
    const text = await sealer([OLD]).seal(OWNER, sealed());
    assert.match(text, /^[\w-]+$/);
    assert.deepEqual(await sealer([OLD]).open(OWNER, LAYOUT, text), sealed());
  });

  it("never gives the same text twice", async () => {
    const [a, b] = await Promise.all([1, 2].map(() => sealer([OLD]).seal(OWNER, sealed())));
    assert.notEqual(a, b);
  });

  it("seals with the first secret and opens with all", async () => {
    const before = await sealer([OLD]).seal(OWNER, sealed());
    const during = sealer([NEW, OLD]);
    assert.equal((await during.open(OWNER, LAYOUT, before)).tokens, 12);
    const after = await during.seal(OWNER, sealed());
    assert.equal((await sealer([NEW]).open(OWNER, LAYOUT, after)).tokens, 12);
    await assert.rejects(sealer([NEW]).open(OWNER, LAYOUT, before), SealedStateError);
  });

  it("opens for the same tenant and model alone", async () => {
    const text = await sealer([OLD]).seal(OWNER, sealed());
    for (const other of [{ ...OWNER, tenant: "x" }, { ...OWNER, modelFingerprint: "x" }]) {
      await assert.rejects(sealer([OLD]).open(other, LAYOUT, text), SealedStateError);
    }
  });

  it("refuses whatever was changed, always in the same words", async () => {
    const text = await sealer([OLD]).seal(OWNER, sealed());
    const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    const changed = (at: number) => {
      const copy = bytes.slice();
      copy[at]! ^= 1;
      return copy.toBase64({ alphabet: "base64url", omitPadding: true });
    };
    const places = [0, 1, 13, 14, 17, 30, 40, bytes.length >> 1, bytes.length - 1];
    const texts = [...places.map(changed), "", "A", "!!", text.slice(0, 20), text.slice(0, -4)];
    for (const wrong of [...texts, `${text}AAAA`]) {
      await assert.rejects(
        sealer([OLD]).open(OWNER, LAYOUT, wrong),
        { name: "SealedStateError", message: "The sealed state cannot be opened" },
      );
    }
  });

  it("writes half as much in f16, unless the state does not fit that", async () => {
    const state = RecurrentState.empty(LAYOUT);
    const length = async (precision: "f32" | "f16") =>
      (await sealer([OLD], precision).seal(OWNER, sealed(state))).length;
    assert(await length("f16") < 0.6 * await length("f32"));
    state.data[0] = 1e6;
    assert(await length("f16") > 0.9 * await length("f32"));
  });

  it("does nothing without a secret", async () => {
    await assert.rejects(sealer([]).seal(OWNER, sealed()), NoStateSecretError);
    await assert.rejects(sealer([]).open(OWNER, LAYOUT, "AA"), NoStateSecretError);
  });
});
