import type { TensorInfo } from "../../checkpoint/tensor.ts";
import { inferModelConfig } from "../../rwkv/model_config.ts";
import { CAPACITY } from "./capacity.ts";
import { instantiateKernels, loadKernels } from "./kernels.ts";
import { MAX_MEMORY_BYTES } from "./out_of_memory_error.ts";
import { Program, type ProgramCapacity } from "./program.ts";
import { WEIGHT_FORMATS, type WeightFormat } from "./weight_format.ts";

/** The WebAssembly memory that a model takes with one type of weights. */
export interface MemoryNeeded {
  readonly weights: WeightFormat;
  /** Bytes of weights, states and activations together. */
  readonly bytes: number;
  /** Of these, the bytes that hold weights. */
  readonly weightBytes: number;
}

/**
 * The memory that a model takes with each type of weights, the most exact first. Nothing is read or allocated.
 *
 * @param tensors With the official names.
 * @param capacity What there is room for besides the weights.
 * @throws {UnsupportedModelError} If the tensors are not a model of a known version.
 * @throws {UnsupportedShapeError} If the kernels cannot take the model.
 */
export async function memoryNeeded(
  tensors: ReadonlyMap<string, TensorInfo>,
  capacity: ProgramCapacity = CAPACITY,
): Promise<MemoryNeeded[]> {
  const config = inferModelConfig(tensors);
  const kernels = await instantiateKernels(await loadKernels("plain"));
  return WEIGHT_FORMATS.map((format) => {
    const model = { config, tensors, format, capacity };
    const { bytes, weightBytes } = new Program(kernels, model);
    return { weights: format, bytes, weightBytes };
  });
}

/** Whether WebAssembly can address it. */
export function isAddressable({ bytes }: MemoryNeeded): boolean {
  return bytes <= MAX_MEMORY_BYTES;
}
