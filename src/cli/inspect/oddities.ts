import type { TensorInfo } from "../../checkpoint/tensor.ts";
import type { ModelConfig } from "../../rwkv/model_config.ts";
import type { Model } from "../../rwkv/read_model.ts";

/** What {@linkcode findOddities} looks at. */
export interface Examined {
  readonly model: Model;
  readonly config: ModelConfig;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Of a GGUF file. */
  readonly metadata: ReadonlyMap<string, unknown> | undefined;
  /** Tokens of the vocabulary. */
  readonly tokens: number;
}

/** Versions as names of files write them. */
const NAMED_VERSIONS = [
  [/x070|rwkv-?_?v?7/i, "7"],
  [/x060|rwkv-?_?v?6/i, "6"],
  [/x052|rwkv-?_?v?5/i, "5"],
  [/rwkv-?_?v?4/i, "4"],
] as const;

/** `general.file_type` of GGUF, by the type in names of files. Source: ggml-org/llama.cpp, gguf-py, LlamaFileType. */
const FILE_TYPES: Readonly<Record<number, string>> = {
  0: "F32",
  1: "F16",
  2: "Q4_0",
  3: "Q4_1",
  7: "Q8_0",
  8: "Q5_0",
  9: "Q5_1",
  10: "Q2_K",
  11: "Q3_K",
  12: "Q3_K",
  13: "Q3_K",
  14: "Q4_K",
  15: "Q4_K",
  16: "Q5_K",
  17: "Q5_K",
  18: "Q6_K",
  32: "BF16",
};

/** Everything about a model that is unusual or contradicts its name, a sentence each. */
export function findOddities(examined: Examined): string[] {
  return [
    ...namedOtherwise(examined),
    ...typesAmong(examined),
    ...paddedVocabulary(examined),
    ...mergedState(examined),
  ];
}

/** Names of files lie: what they say is held against what is in them. */
function* namedOtherwise({ model, config, metadata }: Examined): Generator<string> {
  const file = model.path.replace(/\/+$/, "").split("/").at(-1)!;
  const named = NAMED_VERSIONS.find(([pattern]) => pattern.test(file))?.[1];
  if (named !== undefined && !config.version.startsWith(named)) {
    yield `The name says RWKV-${named}, but the tensors are RWKV-${config.version}.`;
  }
  const namedType = /\b(Q\d_(?:K|\d)|F16|BF16|F32)/i.exec(file.replaceAll("-", " "))?.[1];
  const type = FILE_TYPES[Number(metadata?.get("general.file_type"))];
  if (type !== undefined && namedType !== undefined && namedType.toUpperCase() !== type) {
    yield `The name says ${namedType}, but the file's metadata ${type}.`;
  }
}

function* typesAmong({ tensors, metadata }: Examined): Generator<string> {
  if (metadata !== undefined) return; // GGUF files mix types by design
  const matrices = [...tensors.values()].filter(({ shape }) => shape.length === 2);
  const types = new Set(matrices.map(({ dtype }) => dtype));
  if (types.size > 1) yield `Its matrices are of several types: ${[...types].join(", ")}.`;
  if (types.has("F64")) yield "Float64 is rounded to float32.";
}

function* paddedVocabulary({ config, tokens }: Examined): Generator<string> {
  const padding = config.vocab_size - tokens;
  // Up to 65,536 is how every World model is published.
  if (padding > 0 && tokens !== 65_530) {
    yield `The model has ${padding} tokens more than the vocabulary: padding, which is never text.`;
  }
}

function* mergedState({ tensors }: Examined): Generator<string> {
  const states = [...tensors.keys()].filter((name) => name.endsWith(".att.time_state"));
  if (states.length > 0) {
    yield "A tuned initial state is merged into the weights: every text begins with it.";
  }
}
