import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readFloat32 } from "../../src/checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { ggufVocabulary } from "../../src/checkpoint/gguf_vocabulary.ts";
import { withOfficialNames } from "../../src/checkpoint/official_names.ts";
import { bytesSource } from "../../src/checkpoint/random_access.ts";
import { concat, latin1 } from "./fixtures.ts";

type Value = number | string | readonly string[];

interface GgufTensor {
  readonly name: string;
  /** Row-major. */
  readonly shape: readonly number[];
  readonly type: number;
  readonly bytes: Uint8Array;
}

function integer(value: number, bytes: 4 | 8): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value), true);
  return new Uint8Array(view.buffer, 0, bytes);
}

const text = (value: string) => concat(integer(value.length, 8), latin1(value));

function valueBytes(value: Value): Uint8Array {
  if (typeof value === "number") return concat(integer(4, 4), integer(value, 4));
  if (typeof value === "string") return concat(integer(8, 4), text(value));
  return concat(integer(9, 4), integer(8, 4), integer(value.length, 8), ...value.map(text));
}

/** A GGUF file, version 3, alignment 32. */
function gguf(metadata: Readonly<Record<string, Value>>, tensors: readonly GgufTensor[]) {
  const pad = (size: number) => (32 - size % 32) % 32;
  let offset = 0;
  const infos = tensors.map(({ name, shape, type, bytes }) => {
    const dims = [...shape].reverse().map((size) => integer(size, 8));
    const place = integer(offset, 8);
    offset += bytes.length + pad(bytes.length);
    return concat(text(name), integer(dims.length, 4), ...dims, integer(type, 4), place);
  });
  const keys = Object.entries(metadata).map(([key, value]) => concat(text(key), valueBytes(value)));
  const header = concat(
    latin1("GGUF"),
    integer(3, 4),
    integer(tensors.length, 8),
    integer(keys.length, 8),
    ...keys,
    ...infos,
  );
  const data = tensors.map(({ bytes }) => concat(bytes, new Uint8Array(pad(bytes.length))));
  return concat(header, new Uint8Array(pad(header.length)), ...data);
}

const floats = (...values: number[]) => new Uint8Array(new Float32Array(values).buffer);

/** One block: scale 2^(i - 1), and the numbers -16 to 15. */
const q8Block = (i: number) =>
  concat(
    new Uint8Array(new Float16Array([2 ** (i - 1)]).buffer),
    new Uint8Array(Int8Array.from({ length: 32 }, (_, j) => j - 16).buffer),
  );

const RWKV7 = { "general.architecture": "rwkv7" };
const quantised: GgufTensor = {
  name: "output.weight",
  shape: [3, 32],
  type: 8,
  bytes: concat(q8Block(0), q8Block(1), q8Block(2)),
};

const open = (bytes: Uint8Array) => openCheckpoint(bytesSource(bytes), "made.gguf");

describe("a GGUF file", () => {
  it("reads quantised rows as float32, whole or in any part", async () => {
    const checkpoint = await open(gguf(RWKV7, [quantised]));
    const whole = await readFloat32(checkpoint, "output.weight");
    const expected = Array.from({ length: 96 }, (_, i) => 2 ** ((i >> 5) - 1) * (i % 32 - 16));
    assert.deepEqual([...whole], expected);
    const bytes = new Uint8Array(whole.buffer);
    for (const [offset, length] of [[0, 4], [120, 16], [3, 250], [129, 2], [380, 4]] as const) {
      const part = new Uint8Array(length);
      await checkpoint.readInto("output.weight", offset, part);
      assert.deepEqual(part, bytes.subarray(offset, offset + length), `${length} at ${offset}`);
    }
  });

  it("has official names: fused vectors are cut, low-rank matrices transposed", async () => {
    const tensors = [
      { name: "token_embd.weight", shape: [1, 2], type: 0, bytes: floats(1, 2) },
      {
        name: "blk.1.time_mix_lerp_fused.weight",
        shape: [6, 1, 1, 2],
        type: 0,
        bytes: floats(0, 1, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51),
      },
      {
        name: "blk.1.time_mix_w1.weight",
        shape: [3, 2],
        type: 0,
        bytes: floats(1, 2, 3, 4, 5, 6),
      },
      { name: "blk.0.time_mix_v0.weight", shape: [2], type: 0, bytes: floats(7, 8) },
    ];
    const checkpoint = withOfficialNames(await open(gguf(RWKV7, tensors)));
    assert.deepEqual(
      [...await readFloat32(checkpoint, "blocks.1.att.w1")],
      [1, 3, 5, 2, 4, 6],
    );
    assert.deepEqual(checkpoint.tensors.get("blocks.1.att.w1")?.shape, [2, 3]);
    for (const [i, name] of ["r", "w", "k", "v", "a", "g"].entries()) {
      const vector = await readFloat32(checkpoint, `blocks.1.att.x_${name}`);
      assert.deepEqual([...vector], [10 * i, 10 * i + 1], name);
    }
    // What the converter puts where the first layer has none.
    assert.ok(!checkpoint.tensors.has("blocks.0.att.v0"));
  });

  it("of version 6 gets back what its converter divided", async () => {
    const metadata = { "general.architecture": "rwkv6", "rwkv6.rescale_every_n_layers": 2 };
    const tensors = [0, 2, 5].map((layer): GgufTensor => ({
      name: `blk.${layer}.channel_mix_value.weight`,
      shape: [1, 2],
      type: 0,
      bytes: floats(0.5, -3),
    }));
    const checkpoint = withOfficialNames(await open(gguf(metadata, tensors)));
    for (const [layer, scale] of [[0, 1], [2, 2], [5, 4]]) {
      const value = await readFloat32(checkpoint, `blocks.${layer}.ffn.value.weight`);
      assert.deepEqual([...value], [0.5 * scale!, -3 * scale!]);
    }
  });

  const refused: Record<string, [() => Uint8Array, string, RegExp]> = {
    "of another architecture": [
      () => gguf({ "general.architecture": "llama" }, []),
      "ForeignFileError",
      /"llama": only GGUF files of rwkv6 and rwkv7/,
    ],
    "with a type that is not read": [
      () => gguf(RWKV7, [{ ...quantised, type: 23 }]),
      "ForeignFileError",
      /IQ4_XS.*use a file in Q8_0/,
    ],
    "in several parts": [
      () => gguf({ ...RWKV7, "split.count": 3 }, []),
      "ForeignFileError",
      /3 parts.*llama-gguf-split/,
    ],
    "with rows that are no whole blocks": [
      () => gguf(RWKV7, [{ ...quantised, shape: [32, 3] }]),
      "UnsupportedTensorError",
      /no whole blocks/,
    ],
    "with two tensors of one name": [
      () => gguf(RWKV7, [quantised, quantised]),
      "InvalidCheckpointError",
      /twice/,
    ],
    "with a tensor beyond its end": [
      () => gguf(RWKV7, [{ ...quantised, shape: [2 ** 40, 32] }]),
      "TruncatedFileError",
      /cut short/,
    ],
    "that counts more tensors than it has bytes": [
      () => concat(latin1("GGUF"), integer(3, 4), integer(60_000, 8), integer(0, 8)),
      "TruncatedFileError",
      /cut short/,
    ],
    "with a text of absurd length": [
      () =>
        concat(
          latin1("GGUF"),
          integer(3, 4),
          integer(0, 8),
          integer(1, 8),
          integer(2 ** 50, 8),
          new Uint8Array(64),
        ),
      "InvalidCheckpointError",
      /text of/,
    ],
    "of version 1": [
      () => concat(latin1("GGUF"), integer(1, 4), new Uint8Array(64)),
      "ForeignFileError",
      /version 1/,
    ],
  };
  for (const [what, [make, name, message]] of Object.entries(refused)) {
    it(`${what} is refused in one line`, async () => {
      await assert.rejects(open(make()), (error: Error) => {
        assert.equal(error.name, name);
        assert.match(error.message, message);
        assert.ok(!error.message.includes("\n"));
        return true;
      });
    });
  }

  it("fails with an error of its own wherever it is cut", async () => {
    const bytes = gguf({ ...RWKV7, "tokenizer.ggml.tokens": ["a", "b"] }, [quantised]);
    for (let cut = 0; cut < bytes.length - 32; cut++) {
      await assert.rejects(open(bytes.subarray(0, cut)), { file: "made.gguf" }, `at ${cut}`);
    }
  });
});

describe("ggufVocabulary", () => {
  const metadata = (tokens: readonly string[]) =>
    new Map<string, unknown>([
      ["tokenizer.ggml.model", "rwkv"],
      ["tokenizer.ggml.tokens", tokens],
    ]);

  it("undoes the escapes and leaves out what is no word", () => {
    const tokens = ["<s>", "\\x00", "it\\'s", "\\\\n", "\\n\\t", "\\xe4\\xbd", "[PAD6]"];
    const vocabulary = ggufVocabulary(metadata(tokens), 7, "made");
    assert.ok(vocabulary?.tokenizer === "rwkv_world");
    assert.deepEqual(new TextDecoder().decode(vocabulary.file).split("\n"), [
      String.raw`1 b'\x00' 1`,
      String.raw`2 b'\x69\x74\x27\x73' 4`,
      String.raw`3 b'\x5c\x6e' 2`,
      String.raw`4 b'\x0a\x09' 2`,
      String.raw`5 b'\xe4\xbd' 2`,
    ]);
  });

  it("refuses another number of tokens than the model has", () => {
    assert.throws(() => ggufVocabulary(metadata(["a"]), 2, "made"), /1 tokens.*2/);
  });
});
