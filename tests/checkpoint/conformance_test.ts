import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Checkpoint, readFloat32 } from "../../src/checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { CheckpointError } from "../../src/checkpoint/checkpoint_error.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import { bytesSource } from "../../src/checkpoint/random_access.ts";
import { DTYPE_BYTES } from "../../src/checkpoint/tensor.ts";
import { hasShared, shared } from "../shared.ts";

const models = "conformance/models/";
const reversal = "conformance/pth/260123_reverse_L2_only_rwkv7.pth";

async function open(path: string): Promise<Checkpoint> {
  return await openCheckpoint(await openFile(shared(path)), path);
}

describe("checkpoints of trained models", { ignore: !hasShared }, () => {
  const sizes = {
    "random-rwkv-4.f32.pth": 60,
    "random-rwkv-7.f32.pth": 105,
    "tiny-rwkv-4v0-660K.bf16.pth": 78,
    "tiny-rwkv-4v0-660K.f32.pth": 78,
    "tiny-rwkv-5v1-730K.f32.pth": 246,
    "tiny-rwkv-5v2-730K.f32.pth": 270,
    "tiny-rwkv-6v0-1m.f32.pth": 342,
    "tiny-rwkv-6v0-1m.f32.safetensors": 342,
    "tiny-rwkv-7v0-834K.bf16.pth": 399,
    "tiny-rwkv-7v0-834K.f32.pth": 399,
    "tiny-rwkv-7v0-834K.f32.safetensors": 399,
  };
  for (const [file, count] of Object.entries(sizes)) {
    it(`reads every tensor of ${file}`, async () => {
      const checkpoint = await open(models + file);
      try {
        assert.equal(checkpoint.tensors.size, count);
        const dtype = file.includes(".bf16.") ? "BF16" : "F32";
        for (const info of checkpoint.tensors.values()) {
          const elements = info.shape.reduce((product, size) => product * size, 1);
          assert.equal(info.dtype, dtype);
          assert.equal((await checkpoint.read(info.name)).length, elements * DTYPE_BYTES[dtype]);
          assert.ok((await readFloat32(checkpoint, info.name)).every(Number.isFinite), info.name);
        }
        const embedding = checkpoint.tensors.get("emb.weight");
        assert.deepEqual(embedding?.shape, checkpoint.tensors.get("head.weight")?.shape);
      } finally {
        checkpoint.close();
      }
    });
  }

  for (const model of ["tiny-rwkv-6v0-1m", "tiny-rwkv-7v0-834K"]) {
    it(`reads the same tensors from ${model}.f32.pth and .safetensors`, async () => {
      const a = await open(`${models}${model}.f32.pth`);
      const b = await open(`${models}${model}.f32.safetensors`);
      assert.deepEqual([...a.tensors.keys()].sort(), [...b.tensors.keys()].sort());
      for (const [name, { dtype, shape }] of a.tensors) {
        const other = b.tensors.get(name);
        assert.deepEqual([dtype, ...shape], [other?.dtype, ...other?.shape ?? []], name);
        assert.deepEqual(await a.read(name), await b.read(name), name);
      }
      a.close();
      b.close();
    });
  }

  for (const model of ["tiny-rwkv-4v0-660K", "tiny-rwkv-7v0-834K"]) {
    it(`reads ${model}.bf16.pth as the float32 one, rounded`, async () => {
      const rounded = await open(`${models}${model}.bf16.pth`);
      const exact = await open(`${models}${model}.f32.pth`);
      for (const name of exact.tensors.keys()) {
        const actual = await readFloat32(rounded, name);
        const expected = await readFloat32(exact, name);
        assert.equal(actual.length, expected.length);
        for (let i = 0; i < actual.length; i++) {
          const error = Math.abs(actual[i]! - expected[i]!);
          assert.ok(error <= Math.abs(expected[i]!) * 2 ** -8, `${name}[${i}]`);
        }
      }
      rounded.close();
      exact.close();
    });
  }

  it("reads the 99 float32 tensors of the reversal model", async () => {
    const checkpoint = await open(reversal);
    const dtypes = [...checkpoint.tensors.values()].map(({ dtype }) => dtype);
    assert.deepEqual(dtypes, Array(99).fill("F32"));
    checkpoint.close();
  });

  it("refuses a real file that is cut short anywhere, with an error of its own", async () => {
    const bytes = await Deno.readFile(shared(reversal));
    for (let cut = 0; cut < bytes.length; cut += 4_999) {
      const source = bytesSource(bytes.subarray(0, cut));
      await assert.rejects(openCheckpoint(source, "cut"), CheckpointError, `cut at ${cut}`);
    }
  });
});
