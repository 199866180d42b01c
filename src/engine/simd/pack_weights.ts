import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { DTYPE_BYTES, elementCount, type TensorInfo } from "../../checkpoint/tensor.ts";
import { inferModelConfig } from "../../rwkv/model_config.ts";
import { sortedTensors } from "../model_fingerprint.ts";
import { CAPACITY } from "./capacity.ts";
import { instantiateKernels, loadKernels } from "./kernels.ts";
import { loadingBytes, WeightLoader } from "./load_weights.ts";
import { layoutOf, WEIGHTS_START } from "./packed_layout.ts";
import { Program } from "./program.ts";
import { matrixBytes, scaleBytes, type WeightFormat } from "./weight_format.ts";
import type { Destination } from "./weights.ts";

const PAGE_BYTES = 65_536;
/** As the arena aligns. */
const ALIGNMENT = 64;

/** What was packed. */
export interface Packed {
  readonly weights: WeightFormat;
  readonly fingerprint: string;
  readonly layout: string;
  readonly start: number;
  readonly bytes: number;
}

/** Part of the engine's memory. */
interface Region {
  readonly address: number;
  readonly bytes: number;
}

/**
 * Packs a model's weights as the engine keeps them in memory, tensor by tensor: the memory that this takes is that of the
 * largest tensor.
 *
 * @param write Is given bytes, and how many bytes lie before them. What it is not given is 0.
 * @param onTensor Is called with the bytes of each tensor when that is packed.
 * @throws {UnsupportedModelError} if the tensors are not a model of a known version
 * @throws {UnsupportedShapeError} if the kernels cannot take the model
 */
export async function packWeights(
  checkpoint: Checkpoint,
  format: WeightFormat,
  write: (offset: number, bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
  onTensor: (bytes: number) => void = () => {},
): Promise<Packed> {
  const { tensors } = checkpoint;
  const kernels = await instantiateKernels(await loadKernels());
  const config = inferModelConfig(tensors);
  const program = new Program(kernels, { config, tensors, format, capacity: CAPACITY });
  const { weights } = program;
  // Each tensor in turn goes to the same place in a small memory, and from there to where it belongs.
  let places = new Map<Destination, Destination>();
  const relocated = {
    destinations: (name: string) => weights.destinations(name).map((to) => places.get(to) ?? to),
  };
  const area = PAGE_BYTES;
  const zone = area + Math.ceil(loadingBytes(weights, tensors) / PAGE_BYTES) * PAGE_BYTES;
  const loader = new WeightLoader(checkpoint, { kernels, weights: relocated, area });
  for (const tensor of sortedTensors(checkpoint)) {
    const moves: { readonly region: Region; readonly at: number }[] = [];
    let end = zone;
    places = new Map();
    for (const to of weights.destinations(tensor.name)) {
      const move = (region: Region): number => {
        const at = end;
        moves.push({ region, at });
        end += Math.ceil(region.bytes / ALIGNMENT) * ALIGNMENT;
        return at;
      };
      places.set(to, relocate(to, tensor, move));
    }
    ensure(kernels.memory, end + ALIGNMENT);
    // Rows that the last group lacks are 0.
    new Uint8Array(kernels.memory.buffer, zone, end - zone).fill(0);
    await loader.load(tensor);
    for (const { region: { address, bytes }, at } of moves) {
      const view = new Uint8Array(kernels.memory.buffer as ArrayBuffer, at, bytes);
      await write(address - WEIGHTS_START, view);
    }
    onTensor(elementCount(tensor.shape)! * DTYPE_BYTES[tensor.dtype]);
  }
  return {
    weights: format,
    fingerprint: await loader.end(),
    layout: await layoutOf(program),
    start: WEIGHTS_START,
    bytes: program.weightBytes - WEIGHTS_START,
  };
}

/** The same destination elsewhere. `move` gives each of its regions another address. */
function relocate(
  to: Destination,
  { dtype, shape }: TensorInfo,
  move: (region: Region) => number,
): Destination {
  switch (to.kind) {
    case "stored": {
      const bytes = elementCount(shape)! * DTYPE_BYTES[dtype];
      return { ...to, address: move({ address: to.address, bytes }) };
    }
    case "vector": {
      const { buffer } = to.vector;
      const address = move({ address: buffer.address, bytes: buffer.rowBytes });
      return { ...to, vector: { ...to.vector, buffer: { ...buffer, address } } };
    }
    case "matrix": {
      const { format, outputs, inputs } = to.matrix;
      const address = move({
        address: to.matrix.address,
        bytes: matrixBytes(format, outputs, inputs),
      });
      const bytes = scaleBytes(format, outputs);
      if (bytes === 0) return { ...to, matrix: { ...to.matrix, address } };
      const scales = move({ address: to.matrix.scales, bytes });
      return { ...to, matrix: { ...to.matrix, address, scales } };
    }
  }
}

function ensure(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
}
