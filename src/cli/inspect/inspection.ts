import { openWeights } from "../../checkpoint/open_weights.ts";
import { readVocabulary } from "../../checkpoint/model_folder.ts";
import { DTYPE_BYTES, elementCount } from "../../checkpoint/tensor.ts";
import { isAddressable, memoryNeeded } from "../../engine/simd/memory_needed.ts";
import { UnsupportedShapeError } from "../../engine/simd/unsupported_shape_error.ts";
import { checkVocabulary } from "../../rwkv/check_vocabulary.ts";
import { inferModelConfig, type ModelConfig } from "../../rwkv/model_config.ts";
import { type Model, readModel } from "../../rwkv/read_model.ts";
import { stateLayout } from "../../state/layout.ts";
import { loadTokenizer } from "../../tokenizer/load_tokenizer.ts";
import { availableMemory } from "../../models/available_memory.ts";
import { findOddities } from "./oddities.ts";

/** The memory that a model takes with one type of weights. */
export interface MemoryRow {
  readonly weights: string;
  /** Bytes of WebAssembly memory: weights, states and activations. */
  readonly bytes: number;
  /** Whether the engine can address it, and this machine has it now. */
  readonly fits: boolean;
}

/** What `tern inspect` finds out about a model. */
export interface Inspection {
  readonly path: string;
  readonly weights_file: string;
  readonly file_bytes: number;
  readonly name: string;
  readonly version: string;
  readonly n_layer: number;
  readonly n_embd: number;
  readonly head_size: number;
  readonly vocab_size: number;
  /** Ranks and other sizes that the tensors have, by the letters of the shapes. */
  readonly sizes: ModelConfig["sizes"];
  readonly parameters: number;
  /** Whose names the tensors have. */
  readonly names: string;
  readonly tensors: number;
  /** Number of tensors by the type that they are read as. */
  readonly dtypes: Readonly<Record<string, number>>;
  readonly tokenizer: string;
  readonly vocabulary: string;
  readonly chat_template: string;
  readonly stop: readonly string[];
  /** Bytes of the state of one conversation, in float32. */
  readonly state_bytes: number;
  readonly available_bytes: number;
  /** Empty if only onnxruntime can run the model. */
  readonly memory: readonly MemoryRow[];
  /** The most exact weights that fit here. */
  readonly suggested_weights: string | null;
  /** Everything that deserves attention, a sentence each. */
  readonly odd: readonly string[];
}

/**
 * Finds out everything about a model that its headers tell. Weights are not read.
 *
 * @param path A file or a folder.
 * @throws what {@linkcode readModel} throws
 */
export async function inspectModel(path: string): Promise<Inspection> {
  const model = await readModel(path);
  const checkpoint = await openWeights(model.weightsPath);
  try {
    const { tensors, namesOf, metadata, packed } = checkpoint;
    const config = inferModelConfig(tensors);
    const vocabulary = await vocabularyOf(model, config);
    const available = await availableMemory();
    const { memory: all, problem } = await memoryRows(tensors, available);
    const memory = all.filter(({ weights }) => weights === (packed?.weights ?? weights));
    const infos = [...tensors.values()];
    const fileBytes = await bytesOf(model.weightsPath, infos);
    const counts = Map.groupBy(infos, ({ dtype }) => dtype);
    const odd = findOddities({ model, config, tensors, metadata, tokens: vocabulary.tokens });
    return {
      path,
      weights_file: model.weightsPath,
      file_bytes: fileBytes,
      name: model.config.name ?? path,
      version: config.version,
      n_layer: config.n_layer,
      n_embd: config.n_embd,
      head_size: config.head_size,
      vocab_size: config.vocab_size,
      sizes: config.sizes,
      parameters: infos.reduce((sum, { shape }) => sum + elementCount(shape)!, 0),
      names: packed === undefined ? namesOf : `packed as ${packed.weights}`,
      tensors: infos.length,
      dtypes: Object.fromEntries([...counts].map(([dtype, { length }]) => [dtype, length])),
      tokenizer: model.config.tokenizer,
      vocabulary: vocabulary.origin,
      chat_template: model.config.chat_template,
      stop: model.config.stop,
      state_bytes: 4 * stateLayout(config).length,
      available_bytes: available,
      memory,
      suggested_weights: memory.find(({ fits }) => fits)?.weights ?? null,
      odd: [...odd, ...vocabulary.problems, ...problem === undefined ? [] : [problem]],
    };
  } finally {
    checkpoint.close();
  }
}

async function vocabularyOf(model: Model, { vocab_size }: ModelConfig) {
  const { tokenizer, vocab_file } = model.config;
  const origin = model.inferred?.vocabulary ?? vocab_file ?? "a token for each byte";
  const { vocabSize: tokens } = await loadTokenizer(tokenizer, await readVocabulary(model));
  try {
    checkVocabulary(model.path, tokens, vocab_size);
    return { origin, tokens, problems: [] };
  } catch (error) {
    return { origin, tokens, problems: [(error as Error).message] };
  }
}

async function memoryRows(tensors: Parameters<typeof memoryNeeded>[0], available: number) {
  try {
    const memory = (await memoryNeeded(tensors)).map((needed): MemoryRow => {
      const { weights, bytes } = needed;
      return { weights, bytes, fits: isAddressable(needed) && bytes <= available };
    });
    return { memory, problem: undefined };
  } catch (error) {
    if (!(error instanceof UnsupportedShapeError)) throw error;
    return { memory: [], problem: `${error.message}: it runs on onnxruntime, which is slower` };
  }
}

/** Bytes of the weights' file, or of all tensors if they are in several. */
async function bytesOf(
  path: string,
  infos: readonly { readonly shape: readonly number[]; readonly dtype: keyof typeof DTYPE_BYTES }[],
): Promise<number> {
  if (!path.endsWith(".index.json")) return (await Deno.stat(path)).size;
  return infos.reduce(
    (sum, { shape, dtype }) => sum + elementCount(shape)! * DTYPE_BYTES[dtype],
    0,
  );
}
