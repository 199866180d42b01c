import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { CheckpointError } from "../../src/checkpoint/checkpoint_error.ts";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { bytesSource } from "../../src/checkpoint/random_access.ts";
import { DTYPE_BYTES } from "../../src/checkpoint/tensor.ts";
import assert from "node:assert/strict";

/** Each character is a byte. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

export function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function littleEndian(value: number | bigint, bytes: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt(value), true);
  return String.fromCharCode(...new Uint8Array(view.buffer, 0, bytes));
}

/** A safetensors file with any header at all. */
export function safetensors(
  header: unknown,
  data: Uint8Array = new Uint8Array(),
  headerBytes?: bigint,
): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  return concat(latin1(littleEndian(headerBytes ?? json.length, 8)), json, data);
}

/** Pieces of a pickle of protocol 2, as strings of bytes that push one value each. */
export const pickle = {
  int(value: number | bigint): string {
    const fits = typeof value === "number" && value >= -(2 ** 31) && value < 2 ** 31;
    return fits ? "J" + littleEndian(value, 4) : "\x8a\x08" + littleEndian(value, 8);
  },
  text(text: string): string {
    const utf8 = String.fromCharCode(...new TextEncoder().encode(text));
    return "X" + littleEndian(utf8.length, 4) + utf8;
  },
  global: (module: string, name: string) => `c${module}\n${name}\n`,
  tuple: (...items: string[]) => `(${items.join("")}t`,
  call: (callee: string, ...args: string[]) => `${callee}(${args.join("")}tR`,
  dict: (entries: Record<string, string>) =>
    "}(" + Object.entries(entries).map(([key, value]) => pickle.text(key) + value).join("") + "u",
  orderedDict: () => pickle.call(pickle.global("collections", "OrderedDict")),
  storage: (type: string, key: string, length: number | bigint) =>
    pickle.tuple(
      pickle.text("storage"),
      pickle.global("torch", type),
      pickle.text(key),
      pickle.text("cpu"),
      pickle.int(length),
    ) + "Q",
  tensor: (
    storage: string,
    shape: readonly number[],
    stride: readonly number[],
    offset: number | bigint = 0,
  ) =>
    pickle.call(
      pickle.global("torch._utils", "_rebuild_tensor_v2"),
      storage,
      pickle.int(offset),
      pickle.tuple(...shape.map(pickle.int)),
      pickle.tuple(...stride.map(pickle.int)),
      "\x89",
      pickle.orderedDict(),
    ),
  /** The whole pickle of this value. */
  file: (value: string) => latin1(`\x80\x02${value}.`),
};

/** How a .pth file is made up; what is left out is as PyTorch writes it. */
export interface PthOptions {
  pickle: Uint8Array;
  /** The bytes of each storage, by key. */
  storages?: Record<string, Uint8Array>;
  /** More entries, or others. */
  entries?: Record<string, Uint8Array>;
  compress?: boolean;
  zip64?: boolean;
  password?: string;
}

/** A zip file as `torch.save` writes it. */
export async function pth(options: PthOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { storages = {}, compress = false, zip64 = false, password } = options;
  const entries = {
    "data.pkl": options.pickle,
    byteorder: latin1("little"),
    ...Object.fromEntries(Object.entries(storages).map(([key, bytes]) => [`data/${key}`, bytes])),
    version: latin1("3\n"),
    ...options.entries,
  };
  const writer = new ZipWriter(new Uint8ArrayWriter(), {
    level: compress ? 6 : 0,
    zip64,
    useWebWorkers: false,
    extendedTimestamp: false,
    dataDescriptor: false,
    ...(password === undefined ? {} : { password, zipCrypto: true }),
  });
  for (const [name, bytes] of Object.entries(entries)) {
    await writer.add(`archive/${name}`, new Uint8ArrayReader(bytes));
  }
  return new Uint8Array(await writer.close());
}

export function float32Bytes(...values: number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Float32Array(values).buffer);
}

/** A .pth file of two float32 tensors that are views of one storage, and a float16 one in another. */
export function smallPth(options: Partial<PthOptions> = {}): Promise<Uint8Array<ArrayBuffer>> {
  const floats = pickle.storage("FloatStorage", "0", 12);
  return pth({
    pickle: pickle.file(pickle.dict({
      "blocks.0.a": pickle.tensor(floats, [2, 3], [3, 1]),
      "blocks.0.b": pickle.tensor(floats, [3, 2], [1, 3], 6),
      half: pickle.tensor(pickle.storage("HalfStorage", "1", 2), [2], [1]),
    })),
    storages: {
      0: float32Bytes(...Array(12).keys()),
      1: new Uint8Array(new Float16Array([0.5, -2]).buffer),
    },
    ...options,
  });
}

/** A safetensors file of a float32 tensor, a bfloat16 one and an empty one. */
export function smallSafetensors(): Uint8Array<ArrayBuffer> {
  return safetensors({
    __metadata__: { format: "pt" },
    a: { dtype: "F32", shape: [2, 2], data_offsets: [0, 16] },
    b: { dtype: "BF16", shape: [2], data_offsets: [16, 20] },
    empty: { dtype: "I64", shape: [0, 3], data_offsets: [20, 20] },
  }, concat(float32Bytes(1, 2, 3, 4), new Uint8Array([0x80, 0x3f, 0x00, 0xc0])));
}

/** Opens bytes as a checkpoint and reads every tensor of it. */
export async function readAll(bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  const checkpoint = await openCheckpoint(bytesSource(bytes, "made"), "made");
  const tensors = new Map<string, Uint8Array>();
  for (const name of checkpoint.tensors.keys()) tensors.set(name, await checkpoint.read(name));
  return tensors;
}

/** Asserts that damaged bytes either fail with a {@linkcode CheckpointError}, or read as tensors of the size they say. */
export async function assertSound(bytes: Uint8Array, what: string): Promise<void> {
  try {
    const checkpoint = await openCheckpoint(bytesSource(bytes, "made"), "made");
    for (const { name, dtype, shape } of checkpoint.tensors.values()) {
      const count = shape.reduce((product, size) => product * size, 1);
      assert.equal((await checkpoint.read(name)).length, count * DTYPE_BYTES[dtype], what);
    }
  } catch (error) {
    if (error instanceof CheckpointError) return;
    throw new Error(`${what}: not a CheckpointError`, { cause: error });
  }
}
