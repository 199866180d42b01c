import type { Checkpoint } from "./checkpoint.ts";
import {
  ForeignFileError,
  InvalidCheckpointError,
  MissingTensorError,
  TruncatedFileError,
  UnsupportedTensorError,
} from "./checkpoint_error.ts";
import { BLOCK_TYPES, type BlockType, UNREAD_TYPES } from "./ggml_blocks.ts";
import { GgufReader } from "./gguf_reader.ts";
import type { RandomAccess } from "./random_access.ts";
import { type DType, elementCount, type TensorInfo } from "./tensor.ts";

const MAX_TENSORS = 65_536;
const MAX_KEYS = 65_536;
const MAX_NAME_BYTES = 256;
/** Blocks that are decoded at a time. */
const BLOCKS_AT_ONCE = 4_096;

interface StoredTensor extends TensorInfo {
  readonly type: BlockType;
  /** Where its bytes begin and how many there are, from the start of the file. */
  readonly begin: number;
  readonly bytes: number;
}

/**
 * Opens a GGUF file, version 2 or 3. Quantised tensors read as float32: their blocks are decoded as parts are asked for.
 *
 * Source: ggml-org/ggml, docs/gguf.md.
 *
 * @throws {ForeignFileError} When it is not of RWKV-6 or 7, is one part of several, or has a type that is not read.
 * @throws {InvalidCheckpointError} When it is damaged.
 * @throws {TruncatedFileError} When it is cut short.
 */
export async function openGguf(source: RandomAccess, name: string): Promise<Checkpoint> {
  const reader = new GgufReader(source, name, 4);
  checkVersion(await reader.uint32(), name);
  const tensorCount = await reader.count(MAX_TENSORS, "tensors", 24);
  const keyCount = await reader.count(MAX_KEYS, "keys", 13);
  const metadata = new Map<string, unknown>();
  for (let i = 0; i < keyCount; i++) {
    const key = await reader.string();
    const value = await reader.value(await reader.uint32());
    if (metadata.has(key)) throw new InvalidCheckpointError(name, `the key ${key} is there twice`);
    metadata.set(key, value);
  }
  checkArchitecture(metadata, name);
  const infos: PendingTensor[] = [];
  for (let i = 0; i < tensorCount; i++) infos.push(await readInfo(reader, name));
  const alignment = metadata.get("general.alignment") ?? 32;
  if (typeof alignment !== "number" || alignment < 8 || alignment % 8 !== 0 || alignment > 65_536) {
    throw new InvalidCheckpointError(name, `its alignment is ${alignment}`);
  }
  const dataStart = Math.ceil(reader.position / alignment) * alignment;
  const tensors = place(infos, { dataStart, alignment, size: source.size, name });
  return ggufCheckpoint(source, name, metadata, tensors);
}

function ggufCheckpoint(
  source: RandomAccess,
  name: string,
  metadata: ReadonlyMap<string, unknown>,
  tensors: ReadonlyMap<string, StoredTensor>,
): Checkpoint {
  const find = (tensor: string): StoredTensor => {
    const stored = tensors.get(tensor);
    if (!stored) throw new MissingTensorError(name, tensor);
    return stored;
  };
  return {
    name,
    tensors,
    metadata,
    async read(tensor) {
      const { type, begin, bytes, shape } = find(tensor);
      if (type.decode === undefined) return await source.read(begin, bytes);
      const floats = new Uint8Array(elementCount(shape)! * 4);
      await decodeInto(source, find(tensor), 0, floats);
      return floats;
    },
    async readInto(tensor, offset, into) {
      const stored = find(tensor);
      if (stored.type.decode === undefined) await source.readInto(stored.begin + offset, into);
      else await decodeInto(source, stored, offset, into);
    },
    close: () => source.close(),
  };
}

/** Fills `into` with the float32 bytes of a quantised tensor from `offset` on. */
async function decodeInto(
  source: RandomAccess,
  { type: { elements, bytes, decode }, begin }: StoredTensor,
  offset: number,
  into: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const blockFloatBytes = 4 * elements;
  const end = Math.ceil((offset + into.byteLength) / blockFloatBytes);
  for (let block = Math.floor(offset / blockFloatBytes); block < end;) {
    const count = Math.min(BLOCKS_AT_ONCE, end - block);
    const stored = await source.read(begin + block * bytes, count * bytes);
    const view = new DataView(stored.buffer);
    const floats = new Float32Array(count * elements);
    for (let i = 0; i < count; i++) decode!(view, i * bytes, floats, i * elements);
    const from = Math.max(0, offset - block * blockFloatBytes);
    const at = Math.max(0, block * blockFloatBytes - offset);
    const length = Math.min(into.byteLength - at, floats.byteLength - from);
    into.set(new Uint8Array(floats.buffer, from, length), at);
    block += count;
  }
}

function checkVersion(version: number, name: string): void {
  if (version === 2 || version === 3) return;
  if (version === 0x02000000 || version === 0x03000000) {
    throw new ForeignFileError(name, "big_endian", "it is a big-endian GGUF file", REDOWNLOAD);
  }
  throw new ForeignFileError(name, "gguf_version", `it is GGUF version ${version}`, REDOWNLOAD);
}

const REDOWNLOAD = "use a GGUF file of version 3, or the .pth file of the same model";

function checkArchitecture(metadata: ReadonlyMap<string, unknown>, name: string): void {
  const architecture = metadata.get("general.architecture");
  if (architecture !== "rwkv6" && architecture !== "rwkv7") {
    throw new ForeignFileError(
      name,
      "architecture",
      `its architecture is ${JSON.stringify(architecture ?? null)}`,
      "only GGUF files of rwkv6 and rwkv7 can be run",
    );
  }
  const parts = metadata.get("split.count");
  if (typeof parts === "number" && parts > 1) {
    throw new ForeignFileError(
      name,
      "split",
      `it is one of ${parts} parts of a model`,
      "join them with llama-gguf-split --merge",
    );
  }
}

interface PendingTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: BlockType;
  readonly offset: number;
}

async function readInfo(reader: GgufReader, file: string): Promise<PendingTensor> {
  const name = await reader.string(MAX_NAME_BYTES);
  const rank = await reader.uint32();
  if (rank > 4) throw new InvalidCheckpointError(file, `tensor ${name} has ${rank} dimensions`);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) shape.unshift(await reader.uint64());
  const id = await reader.uint32();
  const type = BLOCK_TYPES.get(id);
  if (type === undefined) {
    const label = UNREAD_TYPES.get(id) ?? `number ${id}`;
    throw new ForeignFileError(
      file,
      "tensor_type",
      `tensor ${name} has the type ${label}, which cannot be read`,
      "use a file in Q8_0, Q6_K, Q5_K, Q4_K, F16 or BF16",
    );
  }
  return { name, shape, type, offset: await reader.uint64() };
}

interface Placing {
  readonly dataStart: number;
  readonly alignment: number;
  /** Bytes of the file. */
  readonly size: number;
  readonly name: string;
}

/** Checks that each tensor lies in the file, so that nothing is allocated for one that does not. */
function place(
  infos: readonly PendingTensor[],
  { dataStart, alignment, size, name: file }: Placing,
): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const { name, shape, type, offset } of infos) {
    if (tensors.has(name)) throw new InvalidCheckpointError(file, `tensor ${name} is there twice`);
    const count = elementCount(shape);
    if (count === undefined || (shape.at(-1) ?? 1) % type.elements !== 0) {
      const why = `is ${type.name} [${shape}], whose rows are no whole blocks`;
      throw new UnsupportedTensorError(file, name, why);
    }
    if (offset % alignment !== 0) {
      throw new InvalidCheckpointError(
        file,
        `tensor ${name} begins at ${offset}, out of alignment`,
      );
    }
    const bytes = count / type.elements * type.bytes;
    const begin = dataStart + offset;
    if (!(begin + bytes <= size)) throw new TruncatedFileError(file, begin, bytes, size);
    const dtype: DType = type.name === "F16" || type.name === "BF16" ? type.name : "F32";
    tensors.set(name, { name, dtype, shape, type, begin, bytes });
  }
  return tensors;
}
