import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { DTYPE_BYTES, elementCount } from "../../checkpoint/tensor.ts";
import { buildModelGraph } from "../../engine/ort/model_graph.ts";
import { WEIGHTS_LOCATION } from "../../engine/ort/runtime.ts";
import { inferModelConfig } from "../../rwkv/model_config.ts";
import { FileWriter } from "./file_writer.ts";
import { floatBlocks } from "./tensor_blocks.ts";

/**
 * Writes the graph that the engine `ort` runs: `model.onnx`, its weights beside it in float32, and the embedding table,
 * whose rows are the graph's input, as `embedding.f32`, `[V, D]`.
 *
 * @param folder Exists.
 */
export async function writeOnnx(
  checkpoint: Checkpoint,
  folder: string,
  { signal, onBytes }: {
    readonly signal: AbortSignal;
    readonly onBytes: (bytes: number) => void;
  },
): Promise<void> {
  const { tensors } = checkpoint;
  const graph = buildModelGraph(inferModelConfig(tensors), tensors, "f32", "all");
  await Deno.writeFile(`${folder}/model.onnx`, graph.bytes);
  using weights = await FileWriter.create(`${folder}/${WEIGHTS_LOCATION}`, signal);
  using embedding = await FileWriter.create(`${folder}/embedding.f32`, signal);
  for (const [name, { dtype, shape }] of tensors) {
    const stored = graph.weights.get(name);
    if (name === "emb.weight") {
      for await (const floats of floatBlocks(checkpoint, name)) {
        await embedding.append(bytesOf(floats));
      }
    } else if (stored?.format === "f32") {
      let at = stored.offset;
      for await (const floats of floatBlocks(checkpoint, name)) {
        const block = stored.repeat === 1 ? floats : repeated(floats, stored.repeat);
        await weights.writeAt(at, bytesOf(block));
        at += block.byteLength;
      }
    }
    onBytes(elementCount(shape)! * DTYPE_BYTES[dtype]);
  }
  await weights.finish(graph.weightBytes);
  await embedding.finish(embedding.position);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Each number so many times in a row. */
function repeated(floats: Float32Array, times: number): Float32Array {
  return Float32Array.from(
    { length: floats.length * times },
    (_, i) => floats[Math.floor(i / times)]!,
  );
}
