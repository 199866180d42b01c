/**
 * Reads states byte by byte as docs/state_format.md describes them, without the code that writes them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createDecipheriv, createHash, hkdfSync } from "node:crypto";
import { describe, it } from "@std/testing/bdd";
import { encodeState } from "../../src/state/codec.ts";
import { type RwkvVersion, stateLayout } from "../../src/state/layout.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { type SealedState, StateSealer } from "../../src/state/sealed_state.ts";
import { randomState } from "./random_state.ts";

const [L, D, N] = [2, 16, 8];
const SEED = Math.floor(Math.random() * 2 ** 31);

/** The version, its layout as the header names it, and the numbers of its `wkv`. */
const VERSIONS: readonly (readonly [RwkvVersion, string, number])[] = [
  ["4", "rwkv-4/L2/D16", L * 3 * D],
  ["5.1", "rwkv-5.1/L2/D16/N8", L * D * N],
  ["5.2", "rwkv-5.2/L2/D16/N8", L * D * N],
  ["6", "rwkv-6/L2/D16/N8", L * D * N],
  ["7", "rwkv-7/L2/D16/N8", L * D * N],
];

const layoutOf = (version: RwkvVersion) =>
  stateLayout({ version, n_layer: L, n_embd: D, head_size: version === "4" ? 0 : N });

/** The header and the payload of a stored state, by the page. */
function readStored(bytes: Uint8Array) {
  const buffer = Buffer.from(bytes);
  assert.equal(buffer.subarray(0, 8).toString("hex"), "89544552" + "4e0d0a1a");
  assert.equal(buffer.readUInt32LE(8), 1);
  const start = 16 + buffer.readUInt32LE(12);
  const header = JSON.parse(buffer.subarray(16, start).toString("utf8"));
  const end = buffer.length - 32;
  assert.equal(header.payload, end - start);
  const sum = createHash("sha256").update(buffer.subarray(0, end)).digest("hex");
  assert.equal(buffer.subarray(end).toString("hex"), sum);
  return { header, payload: buffer.subarray(start, end) };
}

const f32At = (payload: Uint8Array, offset: number) =>
  new DataView(payload.buffer, payload.byteOffset).getFloat32(offset, true);
const f16At = (payload: Uint8Array, offset: number) =>
  new DataView(payload.buffer, payload.byteOffset).getFloat16(offset, true);

describe(`the state format (seed ${SEED})`, () => {
  for (const [version, name, wkv] of VERSIONS) {
    const layout = layoutOf(version);
    const length = L * 2 * D + wkv;

    it(`of RWKV-${version} is what its page says, in f32`, async () => {
      const state = randomState(layout, SEED);
      const { header, payload } = readStored(
        await encodeState(state, { modelFingerprint: "model-é", precision: "f32" }),
      );
      assert.deepEqual(header, {
        layout: name,
        model: "model-é",
        precision: "f32",
        payload: 4 * length,
      });
      const numbers = Float32Array.from({ length }, (_, i) => f32At(payload, 4 * i));
      assert.deepEqual(numbers, state.data);
    });

    it(`of RWKV-${version} is what its page says, in f16`, async () => {
      const state = randomState(layout, SEED);
      const { header, payload } = readStored(
        await encodeState(state, { modelFingerprint: "m", precision: "f16" }),
      );
      assert.equal(header.precision, "f16");
      let at = 0;
      for (let index = 0; index < length; index++) {
        const row = Math.floor((index - L * 2 * D) / D);
        const isExponent = version === "4" && row >= 0 && row % 3 === 2;
        const expected = isExponent ? state.data[index] : Math.f16round(state.data[index]!);
        assert.equal(isExponent ? f32At(payload, at) : f16At(payload, at), expected);
        at += isExponent ? 4 : 2;
      }
      assert.equal(at, payload.length);
    });
  }

  it("has an empty state of zeros, but for RWKV-4's exponents", () => {
    for (const [version] of VERSIONS) {
      const { data } = RecurrentState.empty(layoutOf(version));
      for (const [index, number] of data.entries()) {
        const row = Math.floor((index - L * 2 * D) / D);
        const isExponent = version === "4" && row >= 0 && row % 3 === 2;
        assert.equal(number, isExponent ? Math.fround(-1e30) : 0);
      }
    }
  });
});

describe("the format of a sealed state", () => {
  it("is what its page says", async () => {
    const secret = "s".repeat(32);
    const owner = { tenant: "Zoë", modelFingerprint: "model" };
    const sealed: SealedState = {
      response: "resp_2",
      parent: null,
      state: randomState(layoutOf("7"), 1),
      tokens: 12,
      instructions: "hash of instructions",
      prefix: "hash of messages",
    };
    const text = await new StateSealer({ secrets: [secret], precision: "f32" }).seal(owner, sealed);
    assert.match(text, /^[\w-]+$/);

    const bytes = Buffer.from(text, "base64url");
    assert.equal(bytes[0], 1);
    const nonce = bytes.subarray(1, 13);
    const start = 15 + bytes.readUInt16LE(13);
    const label = bytes.subarray(15, start);
    assert.deepEqual(JSON.parse(label.toString("utf8")), ["resp_2", null]);

    const key = hkdfSync("sha256", secret, "tern/sealed-state/v1", "Zoë", 32);
    const decipher = createDecipheriv("aes-256-gcm", new Uint8Array(key), nonce);
    decipher.setAAD(Buffer.from(JSON.stringify([1, "Zoë", "model", label.toString("base64")])));
    decipher.setAuthTag(bytes.subarray(-16));
    const plain = Buffer.concat([decipher.update(bytes.subarray(start, -16)), decipher.final()]);

    const end = 4 + plain.readUInt32LE(0);
    assert.deepEqual(JSON.parse(plain.subarray(4, end).toString("utf8")), {
      tokens: 12,
      instructions: "hash of instructions",
      prefix: "hash of messages",
    });
    const { header, payload } = readStored(plain.subarray(end));
    assert.deepEqual([header.layout, header.model], ["rwkv-7/L2/D16/N8", "model"]);
    assert.equal(f32At(payload, 0), sealed.state.data[0]);
  });
});
