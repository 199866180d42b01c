import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readFloat32 } from "../../src/checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { bytesSource } from "../../src/checkpoint/random_access.ts";
import { float32Bytes, readAll, safetensors, smallSafetensors } from "./fixtures.ts";

const open = (bytes: Uint8Array) => openCheckpoint(bytesSource(bytes), "made");

const invalid = { name: "InvalidCheckpointError" };
const truncated = { name: "TruncatedFileError" };
const unsupported = { name: "UnsupportedTensorError" };

describe("safetensors", () => {
  it("gives names, types, shapes and bytes", async () => {
    const checkpoint = await open(smallSafetensors());
    const shapes = [...checkpoint.tensors.values()].map(({ name, dtype, shape }) =>
      `${name} ${dtype} [${shape}]`
    );
    assert.deepEqual(shapes, ["a F32 [2,2]", "b BF16 [2]", "empty I64 [0,3]"]);
    assert.deepEqual(await readFloat32(checkpoint, "a"), new Float32Array([1, 2, 3, 4]));
    assert.deepEqual(await readFloat32(checkpoint, "b"), new Float32Array([1, -2]));
    assert.equal((await checkpoint.read("empty")).length, 0);
  });

  it("takes tensors in any order, a scalar, and padding after the header", async () => {
    const header = JSON.stringify({
      late: { dtype: "U8", shape: [], data_offsets: [4, 5] },
      early: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
    });
    const tensors = await readAll(
      safetensors(header + "   ", new Uint8Array([...float32Bytes(7), 9])),
    );
    assert.deepEqual(tensors.get("late"), new Uint8Array([9]));
    assert.deepEqual(tensors.get("early"), float32Bytes(7));
  });

  it("converts every floating-point type to float32 and refuses integers", async () => {
    const values = [1.5, -0.25, 65504];
    const arrays = {
      F64: new Float64Array(values),
      F32: new Float32Array(values),
      F16: new Float16Array(values),
      I32: new Int32Array(3),
    };
    for (const [dtype, array] of Object.entries(arrays)) {
      const bytes = new Uint8Array(array.buffer);
      const header = { x: { dtype, shape: [3], data_offsets: [0, bytes.length] } };
      const checkpoint = await open(safetensors(header, bytes));
      if (dtype === "I32") await assert.rejects(readFloat32(checkpoint, "x"), unsupported);
      else assert.deepEqual(await readFloat32(checkpoint, "x"), new Float32Array(values));
    }
  });

  it("names a tensor that is not there", async () => {
    const checkpoint = await open(smallSafetensors());
    const missing = { name: "MissingTensorError", tensor: "toString" };
    await assert.rejects(checkpoint.read("toString"), missing);
    await assert.rejects(readFloat32(checkpoint, "toString"), missing);
  });

  it("refuses a header that is too long, without making room for it", async () => {
    await assert.rejects(open(safetensors("{}", new Uint8Array(), 2n ** 63n)), invalid);
    await assert.rejects(open(safetensors("{}", new Uint8Array(), 100_000_001n)), invalid);
    await assert.rejects(open(safetensors("{}", new Uint8Array(), 99_000_000n)), truncated);
  });

  const F32 = (shape: unknown, begin: unknown, end: unknown) => ({
    dtype: "F32",
    shape,
    data_offsets: [begin, end],
  });
  const broken: Record<string, [header: unknown, error: object]> = {
    "no JSON": ['{"a": ', invalid],
    "no object": ["{}[]", invalid],
    "no UTF-8": ['{"a\uD800": 1}', invalid],
    "a key twice": [
      `{"a": ${JSON.stringify(F32([1], 0, 4))}, "\\u0061": ${JSON.stringify(F32([1], 4, 8))}}`,
      invalid,
    ],
    "a field twice": [
      '{"a":{"dtype":"U8","dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
      invalid,
    ],
    "an unknown field": [{ a: { ...F32([2], 0, 8), stride: [1] } }, invalid],
    "a missing field": [{ a: { dtype: "F32", shape: [2] } }, invalid],
    "metadata that are no strings": [{ __metadata__: { a: 1 }, a: F32([2], 0, 8) }, invalid],
    "an unknown type": [{ a: { ...F32([2], 0, 8), dtype: "F8_E4M3" } }, unsupported],
    "a type named like a method": [{ a: { ...F32([2], 0, 8), dtype: "toString" } }, unsupported],
    "a negative size": [{ a: F32([-1, -2], 0, 8) }, invalid],
    "a size with a fraction": [{ a: F32([1.5], 0, 6) }, invalid],
    "too many elements for the bytes": [{ a: F32([3], 0, 8) }, invalid],
    "a shape whose product overflows": [{ a: F32([2 ** 32, 2 ** 32], 0, 0) }, invalid],
    "a shape whose bytes overflow": [{ a: F32([2 ** 52], 0, 2 ** 53) }, invalid],
    "offsets the wrong way round": [{ a: F32([2], 8, 0) }, invalid],
    "offsets beyond the end": [{ a: F32([2], 0, 8), b: F32([2], 8, 16) }, truncated],
    "tensors over each other": [{ a: F32([2], 0, 8), b: F32([1], 4, 8) }, invalid],
    "the same bytes twice": [{ a: F32([2], 0, 8), b: F32([2], 0, 8) }, invalid],
    "a gap": [{ a: F32([1], 0, 4), b: F32([0], 8, 8) }, invalid],
    "bytes left over": [{ a: F32([1], 0, 4) }, invalid],
    "a tensor named __proto__ of the wrong size": [
      `{"__proto__": ${JSON.stringify(F32([3], 0, 8))}}`,
      invalid,
    ],
  };
  for (const [what, [header, error]] of Object.entries(broken)) {
    it(`refuses ${what}`, async () => {
      const bytes = safetensors(header, new Uint8Array(8));
      // A lone surrogate is encoded as the replacement character, so make it a bad byte.
      if (what === "no UTF-8") bytes[11] = 0xff;
      await assert.rejects(open(bytes), error);
    });
  }
});
