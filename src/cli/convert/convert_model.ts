import type { FolderConfig } from "../../checkpoint/folder_config.ts";
import { readVocabulary } from "../../checkpoint/model_folder.ts";
import { openWeights } from "../../checkpoint/open_weights.ts";
import { DTYPE_BYTES, elementCount } from "../../checkpoint/tensor.ts";
import type { WeightFormat } from "../../engine/simd/weight_format.ts";
import { type Model, readModel } from "../../rwkv/read_model.ts";
import type { Progress } from "../progress.ts";
import { ConvertError } from "./convert_error.ts";
import type { OutputDType } from "./tensor_blocks.ts";
import { unfinished } from "./unfinished.ts";
import { writePacked } from "./write_packed.ts";
import { writeSafetensors } from "./write_safetensors.ts";

/** What a model can be converted to. */
export const TARGETS = ["packed", "safetensors", "gguf", "onnx"] as const;
export type Target = (typeof TARGETS)[number];

/** How {@linkcode convertModel} converts. */
export interface ConvertOptions {
  readonly to: Target;
  /** The type of packed weights. */
  readonly weights: WeightFormat;
  /** The type of numbers in the other formats. @default the checkpoint's own */
  readonly dtype?: OutputDType | "q8_0" | undefined;
  readonly force: boolean;
  readonly signal: AbortSignal;
  /** Called with the bytes that are to be converted, for what shows the progress. */
  readonly startProgress?: (total: number) => Pick<Progress, "advance" | "end">;
}

/**
 * Converts a model. The output is whole or not there.
 *
 * @param path A file or a folder.
 * @param output A file, or for `packed` and `onnx` a folder. `safetensors` becomes a folder if the name has no ending.
 * @throws what {@linkcode readModel} throws, and {@linkcode ConvertError}
 */
export async function convertModel(
  path: string,
  output: string,
  { to, weights, dtype, force, signal, startProgress }: ConvertOptions,
): Promise<void> {
  const model = await readModel(path);
  const checkpoint = await openWeights(model.weightsPath);
  try {
    if (checkpoint.packed !== undefined) {
      throw new ConvertError(`${path} is packed already: convert the model's original file`);
    }
    const total = [...checkpoint.tensors.values()].reduce(
      (sum, { dtype, shape }) => sum + elementCount(shape)! * DTYPE_BYTES[dtype],
      0,
    );
    const progress = startProgress?.(total);
    const onBytes = (bytes: number) => progress?.advance(bytes);
    await unfinished(output, signal, force, async (temporary) => {
      if (to === "packed") {
        await writeFolder(temporary, model);
        await writePacked(checkpoint, `${temporary}/model.ternpack`, { weights, signal, onBytes });
      } else if (to === "safetensors") {
        if (dtype === "q8_0") throw new ConvertError("safetensors has no q8_0: f32, f16 or bf16");
        const isFile = output.endsWith(".safetensors");
        if (!isFile) await writeFolder(temporary, model);
        const file = isFile ? temporary : `${temporary}/model.safetensors`;
        await writeSafetensors(checkpoint, file, { dtype, signal, onBytes });
      } else if (to === "gguf") {
        const { writeGguf } = await import("./write_gguf.ts");
        const vocabulary = await readVocabulary(model);
        await writeGguf(checkpoint, temporary, { model, vocabulary, dtype, signal, onBytes });
      } else {
        const { writeOnnx } = await import("./write_onnx.ts");
        await writeFolder(temporary, model);
        await writeOnnx(checkpoint, temporary, { signal, onBytes });
      }
    });
    progress?.end();
  } finally {
    checkpoint.close();
  }
}

/** Makes a folder with the config and the vocabulary of a model. */
async function writeFolder(folder: string, model: Model): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const vocabulary = await readVocabulary(model);
  const { vocab_file: _, ...rest } = model.config;
  const name = model.config.tokenizer === "neox_bpe" ? "tokenizer.json" : "vocab.txt";
  const config: FolderConfig = { ...rest, ...vocabulary === undefined ? {} : { vocab_file: name } };
  await Deno.writeTextFile(`${folder}/config.json`, `${JSON.stringify(config, null, 2)}\n`);
  if (vocabulary !== undefined) await Deno.writeFile(`${folder}/${name}`, vocabulary);
}
