import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import {
  decodeState,
  encodeState,
  fittingPrecision,
  NotAStateError,
  roundState,
  STATE_FORMAT_VERSION,
  StateChecksumError,
  StateError,
  StateLayoutError,
  StateMismatchError,
  StatePrecisionError,
  StateVersionError,
  TruncatedStateError,
  UnknownPrecisionError,
} from "../../src/state/codec.ts";
import {
  RWKV_VERSIONS,
  type RwkvVersion,
  type StateLayout,
  stateLayout,
} from "../../src/state/layout.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { randomState } from "./random_state.ts";

const MODEL = "model-a";
const SEED = Math.floor(Math.random() * 2 ** 31);

function layoutOf(version: RwkvVersion): StateLayout {
  return stateLayout({ version, n_layer: 3, n_embd: 16, head_size: version === "4" ? 0 : 8 });
}

function encode(state: RecurrentState, precision: "f32" | "f16" = "f32") {
  return encodeState(state, { modelFingerprint: MODEL, precision });
}

function decode(bytes: Uint8Array<ArrayBuffer>, layout = layoutOf("7")) {
  return decodeState(bytes, { layout, modelFingerprint: MODEL });
}

/** Bytes with a checksum that is right, around a header and a payload that need not be. */
async function forge(
  header: string,
  payload: number,
  version: number = STATE_FORMAT_VERSION,
): Promise<Uint8Array<ArrayBuffer>> {
  const real = await encode(randomState(layoutOf("7"), 1));
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(16 + json.length + payload + 32);
  bytes.set(real.subarray(0, 8));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, version, true);
  view.setUint32(12, json.length, true);
  bytes.set(json, 16);
  const end = bytes.length - 32;
  bytes.set(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.subarray(0, end))), end);
  return bytes;
}

describe(`the state codec (seed ${SEED})`, () => {
  for (const version of RWKV_VERSIONS) {
    it(`gives back a state of RWKV-${version} in f32 bit by bit`, async () => {
      const layout = layoutOf(version);
      const state = randomState(layout, SEED, 1e30);
      state.data.set([-0, 1e-45, 3.4e38, Infinity, -Infinity, 0]);
      const read = await decode(await encode(state), layout);
      assert.deepEqual(new Uint32Array(read.data.buffer), new Uint32Array(state.data.buffer));
      assert.equal(read.layout.id, layout.id);
    });

    it(`gives back a state of RWKV-${version} in f16 to within half a unit in the last place`, async () => {
      const layout = layoutOf(version);
      const state = randomState(layout, SEED, 100);
      const bytes = await encode(state, "f16");
      assert.ok(bytes.length < (await encode(state)).length);
      const read = await decode(bytes, layout);
      for (const [index, x] of state.data.entries()) {
        const error = Math.abs(read.data[index]! - x);
        assert.ok(error <= Math.max(2 ** -11 * Math.abs(x), 2 ** -25), `${index}: ${x}`);
      }
    });

    it(`gives back the empty state of RWKV-${version} exactly in both precisions`, async () => {
      const layout = layoutOf(version);
      const empty = RecurrentState.empty(layout);
      assert.deepEqual((await decode(await encode(empty, "f16"), layout)).data, empty.data);
      assert.deepEqual((await decode(await encode(empty, "f32"), layout)).data, empty.data);
    });
  }

  it("keeps the pp rows of RWKV-4 in f32 when all else is f16", async () => {
    const layout = layoutOf("4");
    const state = randomState(layout, SEED);
    for (let layer = 0; layer < layout.n_layer; layer++) state.wkv(layer).fill(-1.2345678e5, 32);
    const read = await decode(await encode(state, "f16"), layout);
    for (let layer = 0; layer < layout.n_layer; layer++) {
      assert.deepEqual(read.wkv(layer).subarray(32), state.wkv(layer).subarray(32));
    }
  });

  for (const version of RWKV_VERSIONS) {
    it(`rounds a state of RWKV-${version} as writing and reading it does`, async () => {
      const layout = layoutOf(version);
      const state = randomState(layout, SEED, 100);
      const before = state.data.slice();
      const rounded = roundState(state, "f16");
      assert.notDeepEqual(rounded.data, before);
      assert.deepEqual(rounded.data, (await decode(await encode(state, "f16"), layout)).data);
      assert.deepEqual(roundState(rounded, "f16").data, rounded.data);
      assert.deepEqual(state.data, before);
    });
  }

  it("keeps all of a state in f32 of which one number does not fit in f16", () => {
    const state = randomState(layoutOf("7"), SEED);
    assert.equal(fittingPrecision(state, "f16"), "f16");
    state.data[9] = -65_520;
    assert.equal(fittingPrecision(state, "f16"), "f32");
    assert.equal(roundState(state, "f16"), state);
    assert.equal(fittingPrecision(RecurrentState.empty(layoutOf("4")), "f16"), "f16");
  });

  it("refuses to write a number that f16 cannot hold, and says which", async () => {
    const state = randomState(layoutOf("7"), SEED);
    state.data[7] = 65_519;
    assert.equal((await decode(await encode(state, "f16"))).data[7], 65_504);
    state.data[9] = -65_520;
    await assert.rejects(encode(state, "f16"), (error) => {
      assert.ok(error instanceof StatePrecisionError);
      assert.deepEqual([error.index, error.value], [9, -65_520]);
      return true;
    });
    assert.equal((await decode(await encode(state, "f32"))).data[9], -65_520);
  });

  it("names where an overflow stands also in the WKV part of RWKV-4", async () => {
    const layout = layoutOf("4");
    const state = randomState(layout, SEED);
    state.wkv(2)[17] = 1e6;
    const index = layout.wkv.offset + 2 * 48 + 17;
    await assert.rejects(encode(state, "f16"), { name: "StatePrecisionError", index });
  });

  it("does not share memory with what it reads or writes", async () => {
    const state = randomState(layoutOf("7"), SEED);
    const bytes = await encode(state);
    const first = state.data[0];
    state.data.fill(0);
    const read = await decode(bytes);
    bytes.fill(0);
    assert.equal(read.data[0], first);
  });

  it("reads bytes that lie anywhere in a larger buffer", async () => {
    const state = randomState(layoutOf("7"), SEED);
    const bytes = await encode(state);
    const buffer = new Uint8Array(bytes.length + 10);
    buffer.set(bytes, 3);
    const read = await decode(buffer.subarray(3, 3 + bytes.length));
    assert.deepEqual(read.data, state.data);
  });

  for (const precision of ["f32", "f16"] as const) {
    it(`refuses every ${precision} state with one byte changed`, async () => {
      const bytes = await encode(randomState(layoutOf("4"), SEED), precision);
      const positions = Array.from({ length: 120 }, (_, i) => i).concat(
        Array.from({ length: 60 }, (_, i) => 120 + i * 17),
        Array.from({ length: 32 }, (_, i) => bytes.length - 1 - i),
      ).filter((position) => position < bytes.length);
      for (const position of positions) {
        const changed = bytes.slice();
        changed[position]! ^= 1 << (position % 8);
        await assert.rejects(decode(changed, layoutOf("4")), StateError, `byte ${position}`);
      }
    });
  }

  it("refuses every truncation, and says that it is one", async () => {
    const bytes = await encode(randomState(layoutOf("4"), SEED), "f16");
    for (let length = 0; length < bytes.length; length++) {
      await assert.rejects(
        decode(bytes.slice(0, length), layoutOf("4")),
        (error) => {
          assert.ok(error instanceof TruncatedStateError, `${length} bytes: ${error}`);
          assert.equal(error.actual, length);
          assert.ok(error.expected > length && error.expected <= bytes.length);
          return true;
        },
      );
    }
  });

  it("refuses bytes that follow the end", async () => {
    const bytes = await encode(randomState(layoutOf("7"), SEED));
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    await assert.rejects(decode(longer), StateChecksumError);
  });

  it("refuses what is not a state", async () => {
    const text = new TextEncoder().encode("a text that is long enough to hold a preamble and more");
    await assert.rejects(decode(text), NotAStateError);
    await assert.rejects(decode(Uint8Array.of(1)), NotAStateError);
    await assert.rejects(decode(await forge("{}", 0)), NotAStateError);
    await assert.rejects(decode(await forge("not JSON", 0)), NotAStateError);
    await assert.rejects(decode(await forge("{}", 0, 0)), NotAStateError);
  });

  it("names both versions when the state is from the future, whatever else it holds", async () => {
    await assert.rejects(decode(await forge("a header of tomorrow", 5, 7)), (error) => {
      assert.ok(error instanceof StateVersionError);
      assert.deepEqual([error.found, error.supported], [7, STATE_FORMAT_VERSION]);
      assert.match(error.message, /version 7.*version 1/);
      return true;
    });
  });

  it("refuses the state of another model, and names both, before it looks at the layout", async () => {
    const bytes = await encode(randomState(layoutOf("7"), SEED));
    const expected = { layout: layoutOf("4"), modelFingerprint: "model-b" };
    await assert.rejects(decodeState(bytes, expected), (error) => {
      assert.ok(error instanceof StateMismatchError);
      assert.deepEqual([error.expected, error.actual], ["model-b", MODEL]);
      assert.match(error.message, /model-a.*model-b/);
      return true;
    });
  });

  it("refuses another layout, and names both", async () => {
    const bytes = await encode(randomState(layoutOf("7"), SEED));
    await assert.rejects(decode(bytes, layoutOf("6")), (error) => {
      assert.ok(error instanceof StateLayoutError);
      assert.deepEqual([error.expected, error.actual], [layoutOf("6").id, layoutOf("7").id]);
      return true;
    });
  });

  it("refuses a precision that it does not know, and names it", async () => {
    const layout = layoutOf("7");
    const header = { layout: layout.id, model: MODEL, precision: "bf16", payload: 8 };
    await assert.rejects(
      decode(await forge(JSON.stringify(header), 8)),
      (error) => error instanceof UnknownPrecisionError && error.precision === "bf16",
    );
  });

  it("refuses lengths that are claimed and not there, without allocating them", async () => {
    const layout = layoutOf("7");
    const header = { layout: layout.id, model: MODEL, precision: "f32" };
    const huge = JSON.stringify({ ...header, payload: Number.MAX_SAFE_INTEGER });
    await assert.rejects(decode(await forge(huge, 8)), TruncatedStateError);
    const short = JSON.stringify({ ...header, payload: 8 });
    await assert.rejects(decode(await forge(short, 8)), NotAStateError);
    const negative = JSON.stringify({ ...header, payload: -1 });
    await assert.rejects(decode(await forge(negative, 8)), NotAStateError);
    const bytes = await encode(randomState(layout, SEED));
    new DataView(bytes.buffer).setUint32(12, 0xffffffff, true);
    await assert.rejects(decode(bytes), TruncatedStateError);
  });
});
