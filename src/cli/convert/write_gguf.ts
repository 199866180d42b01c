import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { DTYPE_BYTES, elementCount } from "../../checkpoint/tensor.ts";
import { inferModelConfig, type ModelConfig } from "../../rwkv/model_config.ts";
import type { Model } from "../../rwkv/read_model.ts";
import { ConvertError } from "./convert_error.ts";
import { FileWriter } from "./file_writer.ts";
import { GGUF_TYPES, type GgufType } from "./gguf_blocks.ts";
import { GGUF_ALIGNMENT, ggufHeader, type GgufInfo, type GgufValue } from "./gguf_header.ts";
import { type Architecture, type GgufTensor, ggufTensors } from "./gguf_tensors.ts";
import { ggufTokens } from "./gguf_tokens.ts";

/** How {@linkcode writeGguf} writes. */
export interface WriteGgufOptions {
  readonly model: Model;
  readonly vocabulary: Uint8Array | undefined;
  /** The type of the matrices. @default that of the embedding: 16 bits or float32 */
  readonly dtype?: keyof typeof GGUF_TYPES | undefined;
  readonly signal: AbortSignal;
  /** Called with bytes of the checkpoint that were written. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Writes a model of version 6 or 7 as a GGUF file, as llama.cpp's converter does, part by part.
 *
 * Source: llama.cpp, conversion/rwkv.py, src/llama-quant.cpp.
 *
 * @throws {ConvertError} if the format cannot hold the model
 */
export async function writeGguf(
  checkpoint: Checkpoint,
  path: string,
  { model, vocabulary, dtype = typeOf(checkpoint), signal, onBytes }: WriteGgufOptions,
): Promise<void> {
  const config = inferModelConfig(checkpoint.tensors);
  if (config.version !== "6" && config.version !== "7") {
    throw new ConvertError(`GGUF has no RWKV-${config.version}, only versions 6 and 7`);
  }
  const architecture: Architecture = `rwkv${config.version}`;
  const tensors = ggufTensors(checkpoint, architecture).map((tensor) => {
    return { ...tensor, type: chooseType(tensor, dtype) };
  });
  let offset = 0;
  const infos = tensors.map(({ name, shape, type }): GgufInfo => {
    const info = { name, shape, type: type.id, offset };
    const bytes = elementCount(shape)! / type.elements * type.bytes;
    offset = Math.ceil((offset + bytes) / GGUF_ALIGNMENT) * GGUF_ALIGNMENT;
    return info;
  });
  const metadata = {
    ...modelKeys(model, config, architecture, GGUF_TYPES[dtype].fileType),
    ...await ggufTokens(model.config.tokenizer, vocabulary, config.vocab_size),
  };
  const all = [...checkpoint.tensors.values()].reduce(
    (sum, { dtype, shape }) => sum + DTYPE_BYTES[dtype] * elementCount(shape)!,
    0,
  );
  using file = await FileWriter.create(path, signal);
  await file.append(ggufHeader(metadata, infos));
  for (const [i, { values, type }] of tensors.entries()) {
    for await (const part of values()) await file.append(type.encode(part));
    await file.align(GGUF_ALIGNMENT);
    const next = infos[i + 1]?.offset ?? offset;
    onBytes(all * (next - infos[i]!.offset) / offset);
  }
  await file.finish(file.position);
}

function typeOf({ tensors }: Checkpoint): "f32" | "f16" | "bf16" {
  const dtype = tensors.get("emb.weight")?.dtype;
  return dtype === "F16" ? "f16" : dtype === "BF16" ? "bf16" : "f32";
}

function chooseType(
  { role, shape }: GgufTensor,
  dtype: keyof typeof GGUF_TYPES,
): GgufType {
  if (role === "exact") return GGUF_TYPES.f32;
  const type = GGUF_TYPES[dtype];
  // A row has whole blocks.
  const isQuantisable = role === "matrix" && shape.at(-1)! % type.elements === 0;
  return type.elements === 1 || isQuantisable ? type : GGUF_TYPES.f16;
}

/** Everything but the vocabulary. */
function modelKeys(
  { path, config: { name = path, chat_template } }: Model,
  { n_layer, n_embd, head_size, sizes }: ModelConfig,
  architecture: Architecture,
  fileType: number,
): Readonly<Record<string, GgufValue>> {
  const u32 = (value: number): GgufValue => ({ type: "u32", value });
  const own: Readonly<Record<string, number>> = architecture === "rwkv6"
    ? {
      "rescale_every_n_layers": 0,
      "time_mix_extra_dim": sizes.M ?? 0,
      "time_decay_extra_dim": sizes.R ?? 0,
    }
    : {
      "attention.decay_lora_rank": sizes.dw ?? 0,
      "attention.iclr_lora_rank": sizes.da ?? 0,
      // The first layer has the iclr's in its place.
      "attention.value_residual_mix_lora_rank": sizes.dv ?? sizes.da ?? 0,
      "attention.gate_lora_rank": sizes.dg ?? 0,
    };
  const keys: Readonly<Record<string, number>> = {
    context_length: 1_048_576, // any
    embedding_length: n_embd,
    block_count: n_layer,
    feed_forward_length: sizes.F ?? 0,
    "wkv.head_size": head_size,
    "attention.head_count": 0, // required, and not used
    ...own,
  };
  return {
    "general.architecture": { type: "string", value: architecture },
    "general.type": { type: "string", value: "model" },
    "general.name": { type: "string", value: name },
    "general.file_type": u32(fileType),
    "general.quantization_version": u32(2),
    ...Object.fromEntries(
      Object.entries(keys).map(([key, value]) => [`${architecture}.${key}`, u32(value)]),
    ),
    [`${architecture}.attention.layer_norm_epsilon`]: { type: "f32", value: 1e-5 },
    // llama.cpp has one name for both, and adds the marks of thoughts if it is asked for them.
    ...chat_template === "rwkv_world" || chat_template === "rwkv_g1"
      ? { "tokenizer.chat_template": { type: "string", value: "rwkv-world" } as const }
      : {},
  };
}
