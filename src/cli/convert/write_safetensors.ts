import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { DTYPE_BYTES, elementCount } from "../../checkpoint/tensor.ts";
import { FileWriter } from "./file_writer.ts";
import { convertedBlocks, type OutputDType } from "./tensor_blocks.ts";

const SAFETENSORS_TYPES = { f32: "F32", f16: "F16", bf16: "BF16" } as const;
/** Bytes that are copied at once. */
const COPY_BYTES = 1 << 22;

/** How {@linkcode writeSafetensors} writes. */
export interface WriteSafetensorsOptions {
  /** @default each tensor's own type */
  readonly dtype?: OutputDType | undefined;
  readonly signal: AbortSignal;
  /** Called with bytes of the checkpoint that were written. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Writes a checkpoint as a safetensors file, part by part.
 *
 * Source: https://github.com/huggingface/safetensors, section Format.
 */
export async function writeSafetensors(
  checkpoint: Checkpoint,
  path: string,
  { dtype, signal, onBytes = () => {} }: WriteSafetensorsOptions,
): Promise<void> {
  let end = 0;
  const entries = [...checkpoint.tensors.values()].map(({ name, dtype: own, shape }) => {
    const type = dtype === undefined ? own : SAFETENSORS_TYPES[dtype];
    const begin = end;
    end += elementCount(shape)! * DTYPE_BYTES[type];
    return [name, { dtype: type, shape, data_offsets: [begin, end] }] as const;
  });
  const json = JSON.stringify({ __metadata__: { format: "pt" }, ...Object.fromEntries(entries) });
  const header = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  using file = await FileWriter.create(path, signal);
  await file.append(new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer));
  await file.append(header);
  for (const [name, { dtype: type }] of entries) {
    const info = checkpoint.tensors.get(name)!;
    const bytes = elementCount(info.shape)! * DTYPE_BYTES[info.dtype];
    if (type === info.dtype) {
      for (let at = 0; at < bytes; at += COPY_BYTES) {
        const block = new Uint8Array(Math.min(COPY_BYTES, bytes - at));
        await checkpoint.readInto(name, at, block);
        await file.append(block);
      }
    } else {
      for await (const block of convertedBlocks(checkpoint, name, dtype!)) await file.append(block);
    }
    onBytes(bytes);
  }
  await file.finish(file.position);
}
