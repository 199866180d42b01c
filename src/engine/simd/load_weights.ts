import type { Checkpoint, TensorInfo } from "../../checkpoint/checkpoint.ts";
import { UnsupportedTensorError } from "../../checkpoint/checkpoint_error.ts";
import { DTYPE_BYTES, elementCount } from "../../checkpoint/tensor.ts";
import { type FloatDType, isFloat, toFloat32 } from "../../checkpoint/to_float32.ts";
import { FINGERPRINT_BYTES, ModelFingerprint, sortedTensors } from "../model_fingerprint.ts";
import type { Kernels } from "./kernels.ts";
import { NUMBER_TYPE } from "./number_type.ts";
import { PACKED_ROWS, PACKINGS } from "./weight_format.ts";
import type { Destination, PackedMatrix, Weights } from "./weights.ts";

/** Bytes of a tensor that are read at once: they are packed while they are in the caches. */
const BLOCK_BYTES = 1 << 18;
const FLOAT = Float32Array.BYTES_PER_ELEMENT;
/** What `widen` may write after its result. */
const SLACK = 64;

type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/**
 * Bytes that loading needs beside the weights, for as long as it lasts: what is read, the same as float32, that
 * transposed, and the fingerprint's.
 */
export function loadingBytes(weights: Pick<Weights, "destinations">, tensors: Shapes): number {
  return 3 * partBytes(weights, tensors) + FINGERPRINT_BYTES;
}

function partBytes(weights: Pick<Weights, "destinations">, tensors: Shapes): number {
  const block = BLOCK_BYTES / 2; // numbers have two bytes at least
  let numbers = block;
  for (const [name, { shape }] of tensors) {
    const destinations = weights.destinations(name);
    if (destinations.length === 0 || storedAt(destinations) !== undefined) continue;
    // A block comes after what is left of rows that are packed together.
    if (isRowByRow(destinations)) numbers = Math.max(numbers, block + PACKED_ROWS * shape.at(-1)!);
    else numbers = Math.max(numbers, elementCount(shape)!);
  }
  // A number has eight bytes at the most.
  return 2 * FLOAT * numbers + SLACK;
}

/** Whether a tensor can be packed a few rows at a time. */
function isRowByRow(destinations: readonly Destination[]): boolean {
  return destinations.every((to) => to.kind === "matrix" && !to.transposed);
}

/** Where a tensor goes as it is stored, if it does: nothing else is made of it then. */
function storedAt([first]: readonly Destination[]): number | undefined {
  return first?.kind === "stored" ? first.address : undefined;
}

/** What {@linkcode loadWeights} needs of a program. */
export interface LoadTarget {
  readonly kernels: Kernels;
  readonly weights: Pick<Weights, "destinations">;
  /** Memory for loading alone, {@linkcode loadingBytes}. */
  readonly area: number;
}

/**
 * Reads a checkpoint's tensors straight into WebAssembly memory and packs them there. Large ones are never whole in
 * memory beside what is made of them.
 *
 * @returns the model's fingerprint
 * @throws {UnsupportedTensorError} if a tensor holds no floating-point numbers
 */
export async function loadWeights(checkpoint: Checkpoint, target: LoadTarget): Promise<string> {
  const loader = new WeightLoader(checkpoint, target);
  for (const tensor of sortedTensors(checkpoint)) await loader.load(tensor);
  return await loader.end();
}

type FloatTensor = TensorInfo & { readonly dtype: FloatDType };

/** Packs tensors one by one, in the order of their names, and computes the fingerprint of all of them. */
export class WeightLoader {
  readonly #checkpoint: Checkpoint;
  readonly #kernels: Kernels;
  readonly #weights: Pick<Weights, "destinations">;
  readonly #fingerprint: ModelFingerprint;
  readonly #read: number;
  readonly #floats: number;
  readonly #transposed: number;

  constructor(checkpoint: Checkpoint, { kernels, weights, area }: LoadTarget) {
    const part = partBytes(weights, checkpoint.tensors);
    [this.#read, this.#floats, this.#transposed] = [area, area + part, area + 2 * part];
    this.#fingerprint = new ModelFingerprint(kernels, area + 3 * part);
    this.#checkpoint = checkpoint;
    this.#kernels = kernels;
    this.#weights = weights;
  }

  /** @throws {UnsupportedTensorError} if the tensor holds no floating-point numbers */
  async load(info: TensorInfo): Promise<void> {
    const { dtype } = info;
    if (!isFloat(dtype)) {
      const why = `holds ${dtype}, which is no weight`;
      throw new UnsupportedTensorError(this.#checkpoint.name, info.name, why);
    }
    const tensor = { ...info, dtype };
    this.#fingerprint.begin(tensor);
    const bytes = elementCount(tensor.shape)! * DTYPE_BYTES[tensor.dtype];
    const destinations = this.#weights.destinations(tensor.name);
    const stored = storedAt(destinations);
    if (stored !== undefined) {
      await this.#inBlocks(tensor, bytes, (offset) => stored + offset);
    } else if (destinations.length === 0) {
      await this.#inBlocks(tensor, bytes, () => this.#read);
    } else if (isRowByRow(destinations)) {
      await this.#loadRows(tensor, bytes, destinations);
    } else {
      await this.#inBlocks(tensor, bytes, (offset) => this.#read + offset);
      for (const to of destinations) this.#store(tensor, bytes, to);
    }
  }

  /** The fingerprint of the model, when all tensors were loaded. */
  end(): Promise<string> {
    return this.#fingerprint.end();
  }

  /** Reads a tensor block by block, each to its address. */
  async #inBlocks(
    { name }: FloatTensor,
    bytes: number,
    place: (offset: number) => number,
    use?: (bytes: number) => void,
  ): Promise<void> {
    for (let offset = 0; offset < bytes; offset += BLOCK_BYTES) {
      const address = place(offset);
      const length = Math.min(BLOCK_BYTES, bytes - offset);
      await this.#checkpoint.readInto(name, offset, this.#view(address, length));
      this.#fingerprint.update(address, length);
      use?.(length);
    }
  }

  /** Packs whole groups of rows as they come. */
  async #loadRows(
    tensor: FloatTensor,
    bytes: number,
    destinations: readonly Destination[],
  ): Promise<void> {
    const { shape: [rows = 0, columns = 0], dtype } = tensor;
    const rowBytes = columns * DTYPE_BYTES[dtype];
    let row = 0;
    let left = 0; // bytes of rows that are not packed yet
    await this.#inBlocks(tensor, bytes, () => this.#read + left, (length) => {
      const available = Math.floor((left + length) / rowBytes);
      const packed = row + available === rows ? available : available - available % PACKED_ROWS;
      this.#widen(this.#read, packed * columns, dtype);
      for (const to of destinations) {
        if (to.kind === "matrix") this.#pack(to.matrix, this.#floats, row, packed);
      }
      row += packed;
      left += length - packed * rowBytes;
      this.#view(this.#read, left + packed * rowBytes).copyWithin(0, packed * rowBytes);
    });
  }

  /** Stores what was read whole. */
  #store({ dtype }: FloatTensor, bytes: number, to: Destination): void {
    if (to.kind === "stored") return;
    if (to.kind === "vector") {
      const values = toFloat32(this.#view(this.#read, bytes), dtype);
      const { address } = to.vector.buffer;
      const memory = new Float32Array(this.#buffer, address, values.length * to.repeat);
      if (to.repeat === 1) return memory.set(values);
      for (const [i, x] of values.entries()) memory.fill(x, i * to.repeat, (i + 1) * to.repeat);
      return;
    }
    const { matrix, index, transposed } = to;
    const count = matrix.outputs * matrix.inputs;
    this.#widen(this.#read + index * count * DTYPE_BYTES[dtype], count, dtype);
    if (transposed) {
      const { inputs, outputs } = matrix;
      this.#kernels.transpose(this.#transposed, this.#floats, inputs, outputs);
    }
    this.#pack(matrix, transposed ? this.#transposed : this.#floats, 0, matrix.outputs);
  }

  #widen(from: number, count: number, dtype: FloatDType): void {
    this.#kernels.widen(this.#floats, from, count, NUMBER_TYPE[dtype]);
  }

  /** Packs float32 rows, of which the first is the first of a group. */
  #pack(
    { format, address, scales, inputs, outputs }: PackedMatrix,
    x: number,
    row: number,
    rows: number,
  ): void {
    const kernels = this.#kernels;
    const { rows: groupRows, groupBytes } = PACKINGS[format];
    const W = address + (row / groupRows) * groupBytes(inputs);
    switch (format) {
      case "f32":
        return kernels.packF32(W, x, rows, inputs);
      case "bf16":
        return kernels.packBf16(W, x, rows, inputs);
      case "int8": {
        const units = scales + row * FLOAT;
        const sums = units + 4 * Math.ceil(outputs / 4) * FLOAT;
        return kernels.packI8(W, units, sums, x, rows, inputs);
      }
      case "int8Sparse": {
        const units = scales + row * FLOAT;
        return kernels.packSparse(address + row, units, x, rows, inputs, outputs);
      }
      case "int4":
        return kernels.packI4(W, x, rows, inputs);
    }
  }

  #view(address: number, bytes: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer, address, bytes);
  }

  get #buffer(): ArrayBuffer {
    return this.#kernels.memory.buffer as ArrayBuffer;
  }
}
