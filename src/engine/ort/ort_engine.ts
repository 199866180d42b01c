import * as ort from "onnxruntime-web";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { UnsupportedTensorError } from "../../checkpoint/checkpoint_error.ts";
import { isFloat, toFloat32 } from "../../checkpoint/to_float32.ts";
import { inferModelConfig, type ModelConfig } from "../../rwkv/model_config.ts";
import { type StateLayout, stateLayout } from "../../state/layout.ts";
import { RecurrentState } from "../../state/recurrent_state.ts";
import { Embedding } from "../embedding.ts";
import { checkReads, type Engine, type ReadRequest, type ReadResult } from "../engine.ts";
import { fingerprintTensors } from "../model_fingerprint.ts";
import { buildModelGraph, type ModelGraph, WEIGHTS_LOCATION } from "./model_graph.ts";
import { MAX_WEIGHT_BYTES, ModelTooLargeError } from "./model_too_large_error.ts";
import { MAX_WKV4_TOKENS } from "./wkv.ts";

/** How an {@linkcode OrtEngine} is loaded. */
export interface OrtEngineOptions {
  /** Threads of one operator. More than one wants cores that nobody else uses. @default {1} */
  readonly threads?: number;
}

/** Tokens of one run: enough to fill the matrix products, few enough to stay in the caches. */
const CHUNK_SIZE = 64;
/** Sequences of one run. */
const MAX_BATCH = 8;
const VERSION = `ort-${ort.env.versions.web}/f32`;

/** A request under way. */
interface Read {
  readonly request: ReadRequest;
  /** Tokens read so far. */
  at: number;
  /** What the last run gave. */
  result: ReadResult | undefined;
}

/** The reference engine: RWKV as an ONNX graph on onnxruntime-web, in float32. */
export class OrtEngine implements Engine {
  readonly config: ModelConfig;
  readonly layout: StateLayout;
  readonly modelFingerprint: string;
  readonly fingerprint: string;
  readonly chunkSize: number;
  readonly #session: ort.InferenceSession;
  readonly #embedding: Embedding;

  private constructor(
    config: ModelConfig,
    modelFingerprint: string,
    session: ort.InferenceSession,
    embedding: Embedding,
  ) {
    this.config = config;
    this.layout = stateLayout(config);
    this.modelFingerprint = modelFingerprint;
    this.fingerprint = `${modelFingerprint}/${VERSION}`;
    this.chunkSize = config.version === "4" ? Math.min(CHUNK_SIZE, MAX_WKV4_TOKENS) : CHUNK_SIZE;
    this.#session = session;
    this.#embedding = embedding;
  }

  /**
   * Loads a model. The checkpoint may be closed afterwards.
   *
   * @throws {UnsupportedModelError} if the tensors are no model of a known version
   * @throws {ModelTooLargeError} before anything is read
   */
  static async load(checkpoint: Checkpoint, options: OrtEngineOptions = {}): Promise<OrtEngine> {
    const config = inferModelConfig(checkpoint.tensors);
    const graph = buildModelGraph(config, checkpoint.tensors, "last");
    if (graph.weightBytes > MAX_WEIGHT_BYTES) throw new ModelTooLargeError(graph.weightBytes);

    const weights = new ArrayBuffer(graph.weightBytes);
    let embedding: Embedding | undefined;
    const modelFingerprint = await fingerprintTensors(checkpoint, ({ name, dtype }, bytes) => {
      if (!isFloat(dtype)) {
        throw new UnsupportedTensorError(
          checkpoint.name,
          name,
          `holds ${dtype}, which is no weight`,
        );
      }
      if (name === "emb.weight") {
        embedding = new Embedding(bytes, dtype, config.vocab_size, config.n_embd);
      } else {
        storeWeight(graph, weights, name, toFloat32(bytes, dtype));
      }
    });

    const session = await createSession(graph.bytes, new Uint8Array(weights), options.threads ?? 1);
    return new OrtEngine(config, modelFingerprint, session, embedding!);
  }

  async forward(batch: readonly ReadRequest[]): Promise<ReadResult[]> {
    checkReads(batch, this.config.vocab_size);
    const reads = batch.map((request): Read => ({ request, at: 0, result: undefined }));
    for (let unfinished = reads; unfinished.length > 0;) {
      for (const run of this.#runs(unfinished)) {
        const results = await this.#run(run);
        for (const [i, read] of run.entries()) {
          read.result = results[i]!;
          read.at += this.#nextLength(read);
        }
      }
      unfinished = unfinished.filter(({ request, at }) => at < request.tokens.length);
    }
    return reads.map(({ result }) => result!);
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  /** Tokens of a read's next chunk. It must not depend on what else is in the batch: RWKV-4's sums follow the split. */
  #nextLength({ request, at }: Read): number {
    return Math.min(this.chunkSize, request.tokens.length - at);
  }

  /** Reads whose next chunks are of the same length can share a run. */
  #runs(reads: readonly Read[]): Read[][] {
    const runs: Read[][] = [];
    for (const group of Map.groupBy(reads, (read) => this.#nextLength(read)).values()) {
      for (let i = 0; i < group.length; i += MAX_BATCH) runs.push(group.slice(i, i + MAX_BATCH));
    }
    return runs;
  }

  async #run(reads: readonly Read[]): Promise<ReadResult[]> {
    const states = reads.map(({ request, result }) => result?.state ?? request.state);
    const tokens = reads.map((read) =>
      read.request.tokens.slice(read.at, read.at + this.#nextLength(read))
    );
    const { n_layer: L, n_embd: D, vocab_size: V } = this.config;
    const { wkv, length } = this.layout;
    const [B, T] = [states.length, tokens[0]!.length];

    const emb = new Float32Array(B * T * D);
    for (const [i, row] of tokens.entries()) {
      this.#embedding.lookUp(row, emb.subarray(i * T * D, (i + 1) * T * D));
    }
    const gather = (start: number, end: number) => {
      if (B === 1) return states[0]!.data.subarray(start, end);
      const parts = new Float32Array(B * (end - start));
      for (const [i, state] of states.entries()) {
        parts.set(state.data.subarray(start, end), i * (end - start));
      }
      return parts;
    };
    const tensor = (data: Float32Array, dims: number[]) => new ort.Tensor("float32", data, dims);
    const output = await this.#session.run({
      emb: tensor(emb, [B, T, D]),
      shift: tensor(gather(0, wkv.offset), [B, 2 * L, D]),
      wkv: tensor(gather(wkv.offset, length), [B, ...wkv.shape]),
    });

    const logits = floats(output, "logits");
    const shift = floats(output, "next_shift");
    const nextWkv = floats(output, "next_wkv");
    return states.map((_, i) => {
      const data = new Float32Array(length);
      data.set(shift.subarray(i * wkv.offset, (i + 1) * wkv.offset));
      const size = length - wkv.offset;
      data.set(nextWkv.subarray(i * size, (i + 1) * size), wkv.offset);
      return {
        logits: logits.slice(i * V, (i + 1) * V),
        state: new RecurrentState(this.layout, data),
      };
    });
  }
}

async function createSession(
  model: Uint8Array,
  weights: Uint8Array,
  threads: number,
): Promise<ort.InferenceSession> {
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  // Where there is a `process`, onnxruntime-web puts Node's Worker in the place of the web's for all of us.
  const { Worker } = globalThis;
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: ["wasm"],
      externalData: [{ path: WEIGHTS_LOCATION, data: weights }],
    });
  } finally {
    globalThis.Worker = Worker;
  }
}

/** Writes a tensor to its place among the weights, if the graph uses it. */
function storeWeight(
  graph: ModelGraph,
  weights: ArrayBuffer,
  name: string,
  values: Float32Array,
): void {
  const range = graph.weights.get(name);
  if (range === undefined) return;
  const target = new Float32Array(weights, range.offset, range.length);
  if (range.repeat === 1) target.set(values);
  else for (let i = 0; i < target.length; i++) target[i] = values[Math.floor(i / range.repeat)]!;
}

function floats(
  output: ort.InferenceSession.OnnxValueMapType,
  name: string,
): Float32Array<ArrayBuffer> {
  return output[name]!.data as Float32Array<ArrayBuffer>;
}
