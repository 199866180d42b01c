import type { Checkpoint } from "./checkpoint.ts";
import {
  InvalidCheckpointError,
  MissingTensorError,
  TruncatedFileError,
  UnsupportedTensorError,
} from "./checkpoint_error.ts";
import { findDuplicateKey } from "./duplicate_key.ts";
import type { RandomAccess } from "./random_access.ts";
import { type DType, DTYPE_BYTES, elementCount, type TensorInfo } from "./tensor.ts";

/** The format's own bound on its header, in bytes. */
const MAX_HEADER_BYTES = 100_000_000;

/** A tensor as the header has it. */
interface HeaderTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [begin: number, end: number];
}

interface StoredTensor extends TensorInfo {
  /** Where its bytes begin and end, from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

function isDType(name: string): name is DType {
  return Object.hasOwn(DTYPE_BYTES, name);
}

/**
 * Opens a safetensors file: eight bytes of header length, a JSON header, then the tensors without a gap.
 *
 * Source: https://github.com/huggingface/safetensors, section Format.
 *
 * @throws {InvalidCheckpointError} When a rule of the format is broken.
 * @throws {UnsupportedTensorError} When a tensor has an unknown number type.
 * @throws {TruncatedFileError} When the file is cut short.
 */
export async function openSafetensors(source: RandomAccess, name: string): Promise<Checkpoint> {
  const prefix = await source.read(0, 8);
  const headerBytes = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (headerBytes > MAX_HEADER_BYTES) {
    throw new InvalidCheckpointError(
      name,
      `its header would have ${headerBytes} bytes, more than the ${MAX_HEADER_BYTES} that are allowed`,
    );
  }
  const dataStart = 8 + headerBytes;
  const tensors = parseHeader(await source.read(8, headerBytes), name);
  const tensorBytes = assertGapless(tensors, name);
  if (dataStart + tensorBytes > source.size) {
    throw new TruncatedFileError(name, dataStart, tensorBytes, source.size);
  }
  if (dataStart + tensorBytes < source.size) {
    throw new InvalidCheckpointError(name, "it has bytes after the last tensor");
  }
  const find = (tensor: string): StoredTensor => {
    const stored = tensors.get(tensor);
    if (!stored) throw new MissingTensorError(name, tensor);
    return stored;
  };
  return {
    name,
    tensors,
    async read(tensor) {
      const { begin, end } = find(tensor);
      return await source.read(dataStart + begin, end - begin);
    },
    async readInto(tensor, offset, into) {
      await source.readInto(dataStart + find(tensor).begin + offset, into);
    },
    close: () => source.close(),
  };
}

function parseHeader(bytes: Uint8Array, name: string): Map<string, StoredTensor> {
  let header: unknown;
  try {
    const json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(json);
    const duplicate = findDuplicateKey(json);
    if (duplicate !== undefined) {
      throw new SyntaxError(`the key ${JSON.stringify(duplicate)} is there twice`);
    }
  } catch (cause) {
    throw new InvalidCheckpointError(name, `its header is not JSON: ${cause}`, { cause });
  }
  if (!(header instanceof Object) || Array.isArray(header)) {
    throw new InvalidCheckpointError(name, "its header is not a JSON object");
  }
  const tensors = new Map<string, StoredTensor>();
  const entries: [string, unknown][] = Object.entries(header);
  for (const [key, value] of entries) {
    const problem = key === "__metadata__" ? metadataProblem(value) : tensorProblem(value);
    if (problem !== undefined) {
      const what = `the header's ${JSON.stringify(key)} is wrong: ${problem}`;
      throw new InvalidCheckpointError(name, what);
    }
    if (key !== "__metadata__") tensors.set(key, toTensor(key, value as HeaderTensor, name));
  }
  return tensors;
}

/*
 * By hand, since every cold start comes through here: a library for schemas takes longer to load than a small model.
 */

/** What keeps a value from being a map of texts, if anything does. */
function metadataProblem(value: unknown): string | undefined {
  if (!isObject(value)) return "it is not an object";
  if (!Object.values(value).every((entry) => typeof entry === "string")) return "it holds no text";
  return undefined;
}

/** What keeps a value from being a {@linkcode HeaderTensor}, if anything does. */
function tensorProblem(value: unknown): string | undefined {
  if (!isObject(value)) return "it is not an object";
  const { dtype, shape, data_offsets, ...others } = value;
  if (typeof dtype !== "string") return "dtype is not a text";
  if (!isSizes(shape)) return "shape is not an array of sizes";
  if (!isSizes(data_offsets) || data_offsets.length !== 2) return "data_offsets are not two sizes";
  for (const key of Object.keys(others)) return `it has the unknown key ${JSON.stringify(key)}`;
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function toTensor(
  tensor: string,
  { dtype, shape, data_offsets: [begin, end] }: HeaderTensor,
  name: string,
): StoredTensor {
  if (!isDType(dtype)) {
    throw new UnsupportedTensorError(name, tensor, `has the unknown type ${JSON.stringify(dtype)}`);
  }
  const count = elementCount(shape);
  if (count === undefined || count * DTYPE_BYTES[dtype] !== end - begin) {
    throw new InvalidCheckpointError(
      name,
      `tensor ${JSON.stringify(tensor)} is ${dtype} [${shape}], but has bytes ${begin} to ${end}`,
    );
  }
  return { name: tensor, dtype, shape, begin, end };
}

/**
 * Checks that nothing is hidden between the tensors, and that none lies over another.
 *
 * @returns How many bytes they take together.
 */
function assertGapless(tensors: Map<string, StoredTensor>, name: string): number {
  const sorted = [...tensors.values()].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name: tensor, begin, end } of sorted) {
    if (begin !== covered) {
      throw new InvalidCheckpointError(
        name,
        `tensor ${JSON.stringify(tensor)} begins at byte ${begin}, where ${covered} is expected`,
      );
    }
    covered = end;
  }
  return covered;
}
