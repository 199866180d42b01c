import type { Checkpoint } from "./checkpoint.ts";
import {
  InvalidCheckpointError,
  MissingTensorError,
  TruncatedFileError,
  UnsupportedTensorError,
} from "./checkpoint_error.ts";
import type { RandomAccess } from "./random_access.ts";
import { type DType, DTYPE_BYTES, elementCount, type TensorInfo } from "./tensor.ts";

/** The longest header, in bytes. */
const MAX_HEADER_BYTES = 16_000_000;
/** Bytes of magic word, version and header length. */
const PREFIX_BYTES = 16;
/** Parts of the file begin at multiples of this, so that they can be read without crossing pages twice. */
const ALIGNMENT = 4_096;
/** Changes with the format of the file. */
const VERSION = 1;

/** What the header of a packed file says. */
export interface PackedHeader {
  readonly weights: string;
  readonly fingerprint: string;
  readonly layout: string;
  readonly start: number;
  readonly bytes: number;
  /** The tensors of the model: names, types and shapes. */
  readonly tensors: readonly TensorInfo[];
  /** Of these, the ones that are stored as they are, after the packed weights: tuned initial states. */
  readonly stored: readonly string[];
}

/**
 * The beginning of a packed file:
 *
 * | bytes | |
 * |---|---|
 * | 8 | `TERNPACK` |
 * | 4 | version, little-endian |
 * | 4 | bytes of the header |
 * | | header, JSON |
 * | | zeros to a multiple of 4096 |
 *
 * The packed weights follow, and after them the stored tensors, without gaps.
 *
 * @param bytes How long it is at least. Spaces after the JSON make it so.
 */
export function packedPrefix(header: PackedHeader, bytes = 0): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify(header).padEnd(bytes - PREFIX_BYTES);
  const json = new TextEncoder().encode(text);
  const prefix = new Uint8Array(dataStart(json.length));
  prefix.set(new TextEncoder().encode("TERNPACK"));
  const view = new DataView(prefix.buffer);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, json.length, true);
  prefix.set(json, PREFIX_BYTES);
  return prefix;
}

function dataStart(headerBytes: number): number {
  return Math.ceil((PREFIX_BYTES + headerBytes) / ALIGNMENT) * ALIGNMENT;
}

/**
 * Opens a file of packed weights, which `tern convert` writes.
 *
 * @throws {InvalidCheckpointError} When it is damaged, or of another version.
 * @throws {TruncatedFileError} When it is cut short.
 */
export async function openPacked(source: RandomAccess, name: string): Promise<Checkpoint> {
  const view = new DataView((await source.read(0, PREFIX_BYTES)).buffer);
  const version = view.getUint32(8, true);
  if (version !== VERSION) {
    throw new InvalidCheckpointError(
      name,
      `it is version ${version} of packed weights: convert the model again`,
    );
  }
  const headerBytes = view.getUint32(12, true);
  if (headerBytes > MAX_HEADER_BYTES) {
    throw new InvalidCheckpointError(name, `its header would have ${headerBytes} bytes`);
  }
  const header = parseHeader(await source.read(PREFIX_BYTES, headerBytes), name);
  const tensors = new Map(header.tensors.map((tensor) => [tensor.name, tensor]));
  const begin = dataStart(headerBytes);
  const places = new Map<string, number>();
  let end = begin + header.bytes;
  for (const stored of header.stored) {
    const info = tensors.get(stored);
    if (info === undefined) throw new MissingTensorError(name, stored);
    places.set(stored, end);
    end += bytesOf(info);
  }
  if (end > source.size) throw new TruncatedFileError(name, begin, end - begin, source.size);
  if (end < source.size) throw new InvalidCheckpointError(name, "it has bytes after its end");
  const place = (tensor: string): number => {
    if (!tensors.has(tensor)) throw new MissingTensorError(name, tensor);
    const at = places.get(tensor);
    if (at !== undefined) return at;
    const why = "is packed for the engine simd, and cannot be read: use the model's original file";
    throw new UnsupportedTensorError(name, tensor, why);
  };
  const { weights, fingerprint, layout, start, bytes } = header;
  return {
    name,
    tensors,
    packed: {
      ...{ weights, fingerprint, layout, start, bytes },
      readInto: (offset, into) => source.readInto(begin + offset, into),
    },
    async read(tensor) {
      return await source.read(place(tensor), bytesOf(tensors.get(tensor)!));
    },
    async readInto(tensor, offset, into) {
      await source.readInto(place(tensor) + offset, into);
    },
    close: () => source.close(),
  };
}

/** Bytes of a tensor as it is stored. */
function bytesOf({ dtype, shape }: TensorInfo): number {
  return elementCount(shape)! * DTYPE_BYTES[dtype];
}

// By hand: the engine's thread reads this before anything else, and a library for schemas takes longer to load.
function parseHeader(bytes: Uint8Array, name: string): PackedHeader {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isHeader(header)) return header;
  } catch (cause) {
    throw new InvalidCheckpointError(name, `its header is not JSON: ${cause}`, { cause });
  }
  throw new InvalidCheckpointError(name, "its header is damaged");
}

function isHeader(value: unknown): value is PackedHeader {
  if (!isObject(value)) return false;
  const { weights, fingerprint, layout, start, bytes, tensors, stored } = value;
  return [weights, fingerprint, layout].every((text) => typeof text === "string") &&
    [start, bytes].every(isSize) &&
    Array.isArray(tensors) && tensors.every(isTensor) &&
    Array.isArray(stored) && stored.every((text) => typeof text === "string");
}

function isTensor(value: unknown): value is TensorInfo {
  if (!isObject(value)) return false;
  const { name, dtype, shape } = value;
  return typeof name === "string" && isDType(dtype) && Array.isArray(shape) &&
    shape.every(isSize) && elementCount(shape) !== undefined;
}

function isDType(value: unknown): value is DType {
  return typeof value === "string" && Object.hasOwn(DTYPE_BYTES, value);
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
