import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readFloat32 } from "../../src/checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { bytesSource, type RandomAccess } from "../../src/checkpoint/random_access.ts";
import { float32Bytes, latin1, pickle, pth, readAll, smallPth } from "./fixtures.ts";

const open = (bytes: Uint8Array) => openCheckpoint(bytesSource(bytes), "made");

const invalid = { name: "InvalidCheckpointError" };
const unsupported = { name: "UnsupportedCheckpointError" };

/** A .pth file of one tensor `x` over a storage of the floats 0, 1, 2... */
function pthOfView(
  shape: number[],
  stride: number[],
  offset: number | bigint = 0,
  { length = 12 as number | bigint, stored = 12 } = {},
): Promise<Uint8Array> {
  const storage = pickle.storage("FloatStorage", "0", length);
  return pth({
    pickle: pickle.file(pickle.dict({ x: pickle.tensor(storage, shape, stride, offset) })),
    storages: { 0: float32Bytes(...Array(stored).keys()) },
  });
}

describe("a file of torch.save", () => {
  const variants = {
    stored: {},
    compressed: { compress: true },
    "in zip64": { zip64: true },
    "compressed in zip64": { compress: true, zip64: true },
  };
  for (const [name, options] of Object.entries(variants)) {
    it(`is read when ${name}`, async () => {
      const checkpoint = await open(await smallPth(options));
      assert.deepEqual([...checkpoint.tensors.keys()], ["blocks.0.a", "blocks.0.b", "half"]);
      assert.deepEqual(checkpoint.tensors.get("blocks.0.b")?.shape, [3, 2]);
      const numbers = async (tensor: string) => [...await readFloat32(checkpoint, tensor)];
      assert.deepEqual(await numbers("blocks.0.a"), [0, 1, 2, 3, 4, 5]);
      assert.deepEqual(await numbers("blocks.0.b"), [6, 9, 7, 10, 8, 11]);
      assert.deepEqual(await numbers("half"), [0.5, -2]);
    });
  }

  const views: Record<string, [number[], number[], number, number[]]> = {
    "a transposed matrix": [[3, 4], [1, 3], 0, [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]],
    "every other column": [[2, 3], [6, 2], 1, [1, 3, 5, 7, 9, 11]],
    "a scalar": [[], [], 5, [5]],
    "sizes of 1, whose strides mean nothing": [[1, 3, 1], [999, 1, 0], 2, [2, 3, 4]],
    "a permuted box": [[2, 3, 2], [1, 4, 2], 0, [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]],
    "a row that is repeated": [[3, 2], [0, 1], 4, [4, 5, 4, 5, 4, 5]],
    "nothing": [[0, 7], [7, 1], 0, []],
  };
  for (const [name, [shape, stride, offset, expected]] of Object.entries(views)) {
    it(`gives the elements of a view in order: ${name}`, async () => {
      const checkpoint = await open(await pthOfView(shape, stride, offset));
      assert.deepEqual([...await readFloat32(checkpoint, "x")], expected);
    });
  }

  it("gives every number type under its name", async () => {
    const types = {
      Double: "F64",
      Float: "F32",
      Half: "F16",
      BFloat16: "BF16",
      Long: "I64",
      Int: "I32",
      Short: "I16",
      Char: "I8",
      Byte: "U8",
      Bool: "BOOL",
    };
    const tensors = Object.keys(types).map((type) => {
      const storage = pickle.storage(`${type}Storage`, "0", 1);
      return [type, pickle.tensor(storage, [1], [1])];
    });
    const value = pickle.dict(Object.fromEntries(tensors));
    const bytes = await pth({ pickle: pickle.file(value), storages: { 0: new Uint8Array(8) } });
    const { tensors: infos } = await open(bytes);
    const dtypes = [...infos].map(([type, { dtype }]) => [type, dtype]);
    assert.deepEqual(Object.fromEntries(dtypes), types);
  });

  it("may be an OrderedDict with attributes, hold parameters, and other values beside them", async () => {
    const tensor = pickle.tensor(pickle.storage("FloatStorage", "0", 1), [1], [1]);
    const rebuild = pickle.global("torch._utils", "_rebuild_parameter");
    const parameter = pickle.call(rebuild, tensor, "\x88", pickle.orderedDict());
    const size = pickle.call(pickle.global("torch", "Size"), pickle.tuple(pickle.int(3)));
    const values = [
      ["w", parameter],
      ["epoch", pickle.int(2 ** 40)],
      ["loss", "G\x3f\xe0\0\0\0\0\0\0"],
      ["shape", size],
      ["list", "](K\x01Ne"],
    ];
    const items = values.map(([key = "", value]) => pickle.text(key) + value).join("");
    const attributes = pickle.dict({ _metadata: pickle.orderedDict() });
    const bytes = await pth({
      pickle: pickle.file(`${pickle.orderedDict()}(${items}u${attributes}b`),
      storages: { 0: float32Bytes(3) },
    });
    assert.deepEqual(await readAll(bytes), new Map([["w", float32Bytes(3)]]));
  });

  it("may hold its tensors under state_dict", async () => {
    const tensor = pickle.tensor(pickle.storage("FloatStorage", "0", 1), [1], [1]);
    const value = pickle.dict({ step: pickle.int(1), state_dict: pickle.dict({ w: tensor }) });
    const bytes = await pth({ pickle: pickle.file(value), storages: { 0: float32Bytes(3) } });
    assert.deepEqual(await readAll(bytes), new Map([["w", float32Bytes(3)]]));
  });

  it("is not read whole for one tensor of it", async () => {
    const storage = (key: string, length: number) => pickle.storage("FloatStorage", key, length);
    const bytes = await pth({
      pickle: pickle.file(pickle.dict({
        large: pickle.tensor(storage("0", 1 << 20), [1 << 20], [1]),
        row: pickle.tensor(storage("0", 1 << 20), [256], [1], 512),
      })),
      storages: { 0: new Uint8Array(4 << 20) },
    });
    let read = 0;
    const source = bytesSource(bytes);
    const counting: RandomAccess = {
      ...source,
      read(offset, length) {
        read += length;
        return source.read(offset, length);
      },
    };
    const checkpoint = await openCheckpoint(counting, "made");
    assert.ok(read < 1 << 18, `${read} bytes to open it`);
    read = 0;
    await checkpoint.read("row");
    assert.ok(read <= 1024 + 30, `${read} bytes for 256 numbers`);
  });
});

describe("a file of torch.save is refused when", () => {
  const view = (...args: Parameters<typeof pthOfView>) => () => pthOfView(...args);
  const big = 2 ** 40;
  const cases: Record<string, [() => Promise<Uint8Array>, object]> = {
    "its storage is shorter than it says": [view([12], [1], 0, { stored: 11 }), invalid],
    "its storage says less than the tensor needs": [view([12], [1], 0, { length: 11 }), invalid],
    "a tensor goes beyond its storage": [view([3, 4], [4, 1], 1), invalid],
    "a stride goes beyond its storage": [view([2, 2], [12, 1]), invalid],
    "a stride is negative": [view([3], [-1], 2), invalid],
    "an offset is negative": [view([3], [1], -1), invalid],
    "an offset is enormous": [view([3], [1], 2n ** 62n), invalid],
    "a size is negative": [view([-3], [1]), invalid],
    "shape and stride differ in length": [view([3], [1, 1]), invalid],
    "the number of elements overflows": [view([big, big], [0, 0]), invalid],
    "a storage's length overflows": [view([1], [1], 0, { length: 2n ** 62n }), invalid],
    "a tensor repeats one element a trillion times": [
      view([big], [0]),
      { name: "UnsupportedTensorError", tensor: "x" },
    ],
    "a storage is missing": [() => smallPth({ storages: {} }), invalid],
    "it is big-endian": [() => smallPth({ entries: { byteorder: latin1("big") } }), unsupported],
    "it is TorchScript": [
      () => smallPth({ entries: { "constants.pkl": latin1("\x80\x02).") } }),
      { ...unsupported, why: /TorchScript/ },
    ],
    "it is encrypted": [() => smallPth({ password: "secret" }), invalid],
    "it holds no dict": [() => pth({ pickle: pickle.file("N") }), unsupported],
    "it holds no tensors": [() => pth({ pickle: pickle.file("}") }), unsupported],
    "it is another kind of zip file": [
      async () =>
        latin1(String.fromCharCode(...await smallPth()).replaceAll("data.pkl", "data.txt")),
      unsupported,
    ],
    "it names an entry twice": [
      async () => latin1(String.fromCharCode(...await smallPth()).replaceAll("data/1", "data/0")),
      invalid,
    ],
    "compressed data are damaged": [
      async () => {
        const bytes = await smallPth({ compress: true });
        const at = String.fromCharCode(...bytes).indexOf("data.pkl") + "data.pkl".length;
        return bytes.fill(0xff, at, at + 20);
      },
      invalid,
    ],
  };
  for (const [name, [make, error]] of Object.entries(cases)) {
    it(name, async () => await assert.rejects(async () => await open(await make()), error));
  }
});

describe("a compressed file of torch.save", () => {
  it("is refused before anything is read if it becomes far larger than weights can", async () => {
    const bytes = await smallPth({ compress: true, entries: { zeros: new Uint8Array(1 << 25) } });
    assert.ok(bytes.length < 1 << 17);
    await assert.rejects(open(bytes), { ...invalid, why: /would become \d+, which no weights do/ });
  });

  it("is refused if a storage is far larger than its shape", async () => {
    const storages = { 0: new Uint8Array(1 << 20), 1: new Uint8Array(4) };
    const bytes = await smallPth({ compress: true, storages });
    await assert.rejects(open(bytes), {
      ...invalid,
      why: /storage of 12 F32 that has 1048576 bytes/,
    });
  });

  it("gives parts from anywhere in an entry", async () => {
    const checkpoint = await open(await smallPth({ compress: true }));
    const whole = await checkpoint.read("blocks.0.a");
    for (const [offset, length] of [[0, 4], [7, 9], [20, 4]] as const) {
      const part = new Uint8Array(length);
      await checkpoint.readInto("blocks.0.a", offset, part);
      assert.deepEqual(part, whole.subarray(offset, offset + length));
    }
  });

  it("says that a download broke off where the end is missing", async () => {
    const bytes = await smallPth();
    await assert.rejects(open(bytes.subarray(0, bytes.length - 40)), {
      ...invalid,
      why: /cut short.*download it again/,
    });
  });
});

describe("openCheckpoint", () => {
  const files: Record<string, [string, RegExp]> = {
    "a PyTorch file from before 1.6": [
      "\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.",
      /before version 1\.6: .*save it again/,
    ],
    "a Git LFS pointer": [
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 382223725\n",
      /pointer.*382223725 bytes with git lfs pull/,
    ],
    "a web page": [" \n<!DOCTYPE html><html>", /web page.*download it again/],
    "an error in XML": ['<?xml version="1.0"?><Error/>', /web page/],
    "an empty file": ["", /empty: download it again/],
    "a file of rwkv.cpp": ["fmgg\x65\0\0\0", /rwkv\.cpp: use the \.pth/],
    "a compressed archive": ["\x1f\x8b\x08\0", /unpack it/],
  };
  for (const [name, [content, why]] of Object.entries(files)) {
    it(`says in one line what is wrong with ${name}, and what to do`, async () => {
      const error = { name: "ForeignFileError", file: "made", why };
      await assert.rejects(open(latin1(content)), error);
      await assert.rejects(open(latin1(content)), (error: Error) => !error.message.includes("\n"));
    });
  }

  it("names no format for other bytes", async () => {
    const why = /neither a \.safetensors file, nor a \.gguf file/;
    await assert.rejects(open(latin1("nothing")), { ...unsupported, why });
    const end = "PK\x05\x06" + "\0".repeat(18);
    await assert.rejects(open(latin1(end)), { ...unsupported, why: /not one of torch.save/ });
  });

  it("closes the source with the checkpoint, or at once on failure", async () => {
    let closed = 0;
    const source = (bytes: Uint8Array) => ({ ...bytesSource(bytes), close: () => void closed++ });
    await assert.rejects(openCheckpoint(source(latin1("nothing")), "made"));
    assert.equal(closed, 1);
    const checkpoint = await openCheckpoint(source(await smallPth()), "made");
    assert.equal(closed, 1);
    checkpoint.close();
    assert.equal(closed, 2);
  });
});
