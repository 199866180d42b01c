import { RWKV_VERSIONS, type RwkvVersion, type StateDimensions } from "../state/layout.ts";
import {
  blockParameters,
  DEFINITIONS,
  embeddingParameters,
  inputParameters,
  outputParameters,
} from "./model.ts";
import { type Dimension, type Parameter, type Parameters, tensorNames } from "./parameters.ts";
import { UnsupportedModelError } from "./unsupported_model_error.ts";

/** A model's version and sizes, inferred from the shapes of its tensors. */
export interface ModelConfig extends StateDimensions {
  readonly vocab_size: number;
  /** The size of every dimension, including the ranks of low-rank products. */
  readonly sizes: Readonly<Partial<Record<Dimension, number>>>;
}

/** A tensor of a model. Required unless its parameter is optional. */
export interface ExpectedTensor {
  readonly name: string;
  readonly parameter: Parameter;
}

/** The tensors of a model of the given version and depth. */
export function* expectedTensors(
  version: RwkvVersion,
  n_layer: number,
): Generator<ExpectedTensor> {
  function* part(parameters: Parameters, prefix: string): Generator<ExpectedTensor> {
    for (const [key, parameter] of Object.entries(parameters)) {
      for (const name of tensorNames(prefix + key, parameter)) yield { name, parameter };
    }
  }
  yield* part(embeddingParameters, "");
  yield* part(inputParameters, "blocks.0.");
  for (let layer = 0; layer < n_layer; layer++) {
    yield* part(blockParameters, `blocks.${layer}.`);
    yield* part(DEFINITIONS[version].att, `blocks.${layer}.att.`);
    yield* part(DEFINITIONS[version].ffn, `blocks.${layer}.ffn.`);
  }
  yield* part(outputParameters, "");
}

/** The shapes of a checkpoint's tensors, by name. */
export type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/**
 * Infers version and sizes from names and shapes, and checks that every tensor is present and has the right shape.
 *
 * @throws {UnsupportedModelError} naming the first tensor that is missing, unknown or of the wrong shape
 */
export function inferModelConfig(tensors: Shapes): ModelConfig {
  const version = detectVersion(tensors);
  const n_layer = countLayers(tensors);
  const sizes: Partial<Record<Dimension, number>> = {};
  const known = new Set<string>();

  for (const { name, parameter } of expectedTensors(version, n_layer)) {
    known.add(name);
    const tensor = tensors.get(name);
    if (tensor !== undefined) bindSizes(name, parameter, tensor.shape, sizes);
    else if (!parameter.optional) {
      fail(
        `an RWKV-${version} model needs the tensor ${name}, which is missing: the file is incomplete`,
      );
    }
  }
  for (const name of tensors.keys()) {
    // A tuned initial state may be merged into the weights. It is read separately.
    const isState = version !== "4" && TIME_STATE.test(name);
    if (!known.has(name) && !isState) fail(`${name} is not a tensor of RWKV-${version}`);
  }

  const { D = 0, V = 0, H, M = 0, "5M": M5 = 0 } = sizes;
  if (H !== undefined) sizes.N ??= D / H;
  if (H !== undefined && H * sizes.N! !== D) {
    fail(`${H} heads of size ${sizes.N} do not add up to the width ${D}`);
  }
  if (M5 !== 5 * M) fail(`time_maa_w1 has ${M5} columns, not 5 times ${M}`);
  return { version, n_layer, n_embd: D, head_size: sizes.N ?? 0, vocab_size: V, sizes };
}

const TIME_STATE = /^blocks\.\d+\.att\.time_state$/;

function detectVersion(tensors: Shapes): RwkvVersion {
  for (const name of tensors.keys()) {
    if (/\.ffn\.s_emb\b/.test(name)) fail(`${name}: RWKV-7a with DeepEmbed is not supported`);
    if (/\.(qkv|qq)\./.test(name)) fail(`${name}: RWKV hybrids with attention are not supported`);
  }
  const shape = (name: string) => tensors.get(`blocks.0.${name}`)?.shape;
  const version = RWKV_VERSIONS.findLast((version) => DEFINITIONS[version].matches(shape));
  return version ?? fail("Neither blocks.0.att.time_decay nor blocks.0.att.r_k exists");
}

function countLayers(tensors: Shapes): number {
  let layers = 0;
  // A checkpoint has several tensors per layer, so its size bounds the loop.
  while (layers < tensors.size && tensors.has(`blocks.${layers}.ln1.weight`)) layers++;
  return layers;
}

function bindSizes(
  name: string,
  { kind, dims }: Parameter,
  shape: readonly number[],
  sizes: Partial<Record<Dimension, number>>,
): void {
  const wanted = dims.map((dim) => sizes[dim] ?? dim);
  const expected = kind === "matrices" ? [5, ...wanted] : wanted;
  // A vector may have leading dimensions of size 1; one head of size N makes r_k [1, N].
  const actual = shape.length > expected.length ? squeeze(shape, expected.length) : shape;
  const fits = actual.length === expected.length &&
    expected.every((size, i) => typeof size === "string" ? actual[i]! > 0 : size === actual[i]);
  if (!fits) fail(`${name} has shape [${shape.join(", ")}], expected [${expected.join(", ")}]`);
  const offset = expected.length - dims.length;
  for (const [i, dim] of dims.entries()) sizes[dim] = actual[i + offset]!;
}

/** Removes leading dimensions of size 1 until the shape has `rank` dimensions. */
function squeeze(shape: readonly number[], rank: number): readonly number[] {
  let start = 0;
  while (shape.length - start > rank && shape[start] === 1) start++;
  return shape.slice(start);
}

function fail(message: string): never {
  throw new UnsupportedModelError(message);
}
