import type { InferenceSession } from "onnxruntime-web";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { UnsupportedTensorError } from "../../checkpoint/checkpoint_error.ts";
import { isFloat, toFloat32 } from "../../checkpoint/to_float32.ts";
import { inferModelConfig, type ModelConfig } from "../../rwkv/model_config.ts";
import { type StateLayout, stateLayout } from "../../state/layout.ts";
import { RecurrentState } from "../../state/recurrent_state.ts";
import { Embedding } from "../embedding.ts";
import { checkReads, type Engine, type ReadRequest, type ReadResult } from "../engine.ts";
import { fingerprintTensors } from "../model_fingerprint.ts";
import { storeTensor } from "./graph_weights.ts";
import { buildModelGraph } from "./model_graph.ts";
import type { OrtRuntime } from "./runtime.ts";
import type { OrtWeightFormat } from "./weight_format.ts";
import { MAX_WKV4_TOKENS } from "./wkv.ts";

/** How an {@linkcode OrtEngine} is loaded. */
export interface OrtEngineOptions {
  /** What matrices are kept in. @default {"f32"} */
  readonly weights?: OrtWeightFormat;
  /** Threads of one operator. More than one wants cores that nobody else uses. @default {1} */
  readonly threads?: number;
}

/** Tokens of one run: enough to fill the matrix products, few enough to stay in the caches. */
const CHUNK_SIZE = 64;
/** Sequences of one run. */
const MAX_BATCH = 8;

/** A request under way. */
interface Read {
  readonly request: ReadRequest;
  /** Tokens read so far. */
  at: number;
  /** What the last run gave. */
  result: ReadResult | undefined;
}

/**
 * RWKV as an ONNX graph, on any of onnxruntime's builds. In float32 on onnxruntime-web it is the reference that other
 * engines are held against.
 */
export class OrtEngine implements Engine {
  readonly config: ModelConfig;
  readonly layout: StateLayout;
  readonly modelFingerprint: string;
  readonly fingerprint: string;
  readonly chunkSize: number;
  readonly #runtime: OrtRuntime;
  readonly #session: InferenceSession;
  readonly #embedding: Embedding;

  private constructor(
    config: ModelConfig,
    fingerprints: { readonly model: string; readonly engine: string },
    runtime: OrtRuntime,
    session: InferenceSession,
    embedding: Embedding,
  ) {
    this.config = config;
    this.layout = stateLayout(config);
    this.modelFingerprint = fingerprints.model;
    this.fingerprint = `${fingerprints.model}/${fingerprints.engine}`;
    this.chunkSize = config.version === "4" ? Math.min(CHUNK_SIZE, MAX_WKV4_TOKENS) : CHUNK_SIZE;
    this.#runtime = runtime;
    this.#session = session;
    this.#embedding = embedding;
  }

  /**
   * Loads a model. The checkpoint may be closed afterwards.
   *
   * @throws {UnsupportedModelError} if the tensors are no model of a known version
   * @throws {ModelTooLargeError} before anything is read
   */
  static async load(
    checkpoint: Checkpoint,
    runtime: OrtRuntime,
    { weights: format = "f32", threads = 1 }: OrtEngineOptions = {},
  ): Promise<OrtEngine> {
    const config = inferModelConfig(checkpoint.tensors);
    const graph = buildModelGraph(config, checkpoint.tensors, format, "last");
    runtime.checkWeights(graph.weightBytes);

    const weights = new ArrayBuffer(graph.weightBytes);
    let embedding: Embedding | undefined;
    const model = await fingerprintTensors(checkpoint, ({ name, dtype }, bytes) => {
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
        const stored = graph.weights.get(name); // absent if the graph does not use it
        if (stored !== undefined) storeTensor(stored, weights, toFloat32(bytes, dtype));
      }
    });

    const session = await runtime.createSession({
      model: graph.bytes,
      weights: new Uint8Array(weights),
      threads,
    });
    const engine = `${runtime.version}/${format}`;
    return new OrtEngine(config, { model, engine }, runtime, session, embedding!);
  }

  async forward(batch: readonly ReadRequest[]): Promise<ReadResult[]> {
    checkReads(batch, this.config.vocab_size);
    const reads = batch.map((request): Read => ({ request, at: 0, result: undefined }));
    for (let unfinished = reads; unfinished.length > 0;) {
      for (const run of this.#runs(unfinished)) {
        const results = await this.#run(run);
        for (const [i, read] of run.entries()) {
          const { request } = read;
          const result = results[i]!;
          read.result = result;
          read.at += this.#nextLength(read);
          if (read.at < request.tokens.length) request.onLogits?.(result.logits, read.at - 1);
        }
      }
      unfinished = unfinished.filter(({ request, at }) => at < request.tokens.length);
    }
    return reads.map(({ result }) => result!);
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  /**
   * Tokens of a read's next chunk. It must not depend on what else is in the batch: RWKV-4's sums follow the split. The
   * graph gives the logits of the last token alone, so that those who want all read one token at a time.
   */
  #nextLength({ request, at }: Read): number {
    if (request.onLogits !== undefined) return 1;
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
    const { Tensor } = this.#runtime;
    const tensor = (data: Float32Array, dims: number[]) => new Tensor("float32", data, dims);
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

function floats(
  output: InferenceSession.OnnxValueMapType,
  name: string,
): Float32Array<ArrayBuffer> {
  return output[name]!.data as Float32Array<ArrayBuffer>;
}
