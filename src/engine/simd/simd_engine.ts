import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { inferModelConfig, type ModelConfig } from "../../rwkv/model_config.ts";
import type { RecurrentState } from "../../state/recurrent_state.ts";
import { type StateLayout, stateLayout } from "../../state/layout.ts";
import { checkReads, type Engine, type ReadRequest, type ReadResult } from "../engine.ts";
import { EngineStoppedError } from "../inference.ts";
import { CAPACITY } from "./capacity.ts";
import {
  instantiateKernels,
  type KernelsBuild,
  type KernelsModule,
  loadKernels,
} from "./kernels.ts";
import { OutOfMemoryError } from "./out_of_memory_error.ts";
import { Program, type ProgramCapacity } from "./program.ts";
import { StateSlots } from "./state_slots.ts";
import type { Team } from "./threads/team.ts";
import { ThreadsUnavailableError } from "./threads/thread_error.ts";
import type { WeightFormat } from "./weight_format.ts";

/** Changes with what is computed; the kernels' own hash changes with how. */
const VERSION = 3;

/** How a {@linkcode SimdEngine} is loaded. */
export interface SimdEngineOptions {
  /** What matrices are kept in. @default {"f32"} */
  readonly weights?: WeightFormat;
  /**
   * Which kernels to take, though all give the same bits, or those that are at hand already.
   * @default what is fastest on this host
   */
  readonly kernels?: KernelsBuild | KernelsModule;
  /** Threads that compute together: as many as sequences of a run at the most. @default {1} */
  readonly threads?: number;
  /**
   * What there is room for. Less of it takes less memory, and gives the same bits.
   * @default what a server with many requests at once wants
   */
  readonly capacity?: ProgramCapacity;
  /** Called if one thread has to compute alone all the same, with the reason. */
  readonly onAlone?: (reason: Error) => void;
}

/** A model that is ready to run. */
interface Loaded {
  readonly program: Program;
  /** Who helps. */
  readonly team: Team | undefined;
}

/** A request under way. */
interface Read {
  readonly request: ReadRequest;
  /** Its place in the batch. */
  readonly index: number;
  readonly slot: number;
  /** Tokens read so far. */
  at: number;
}

/**
 * The engine on kernels of our own, in WebAssembly with SIMD. Weights, states and activations stay in one memory, and
 * sequences of any mix of lengths go through the weights together.
 *
 * All sums have one order, so that a sequence gives the same bits in any split, in any batch and on any host.
 */
export class SimdEngine implements Engine {
  readonly config: ModelConfig;
  readonly layout: StateLayout;
  readonly modelFingerprint: string;
  readonly fingerprint: string;
  readonly chunkSize: number;
  readonly splitsExactly = true;
  #program: Program | undefined;
  readonly #team: Team | undefined;
  readonly #slots: StateSlots;

  private constructor(
    config: ModelConfig,
    fingerprints: { readonly model: string; readonly engine: string },
    { program, team }: Loaded,
  ) {
    this.config = config;
    this.layout = stateLayout(config);
    this.modelFingerprint = fingerprints.model;
    this.fingerprint = `${fingerprints.model}/${fingerprints.engine}`;
    this.#program = program;
    this.#team = team;
    this.chunkSize = program.capacity.tokens;
    this.#slots = new StateSlots(program, this.layout, program.capacity.slots);
  }

  /**
   * Loads a model. The checkpoint may be closed afterwards.
   *
   * @throws {UnsupportedModelError} if the tensors are no model of a known version
   * @throws {UnsupportedShapeError} if the kernels cannot take the model
   * @throws {OutOfMemoryError} before anything is read
   */
  static async load(
    checkpoint: Checkpoint,
    options: SimdEngineOptions = {},
  ): Promise<SimdEngine> {
    try {
      return await SimdEngine.#load(checkpoint, options);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error;
      const { memoryNeeded } = await import("./memory_needed.ts");
      const all = await memoryNeeded(checkpoint.tensors);
      const less = all.filter(({ bytes }) => bytes < error.bytes);
      throw new OutOfMemoryError(error.bytes, error.cause, less);
    }
  }

  static async #load(
    checkpoint: Checkpoint,
    { weights = "f32", kernels: given, threads = 1, capacity = CAPACITY, onAlone }:
      SimdEngineOptions,
  ): Promise<SimdEngine> {
    const config = inferModelConfig(checkpoint.tensors);
    const kernels = typeof given === "object" ? given : await loadKernels(given);
    const model = { config, tensors: checkpoint.tensors, format: weights, capacity };
    const fingerprints = (model: string) => {
      return { model, engine: `simd-${VERSION}-${kernels.id}/${weights}` };
    };
    if (threads > 1) {
      try {
        const { loadTeam } = await import("./threads/load_team.ts");
        const options = { own: kernels, build: given, threads };
        const { fingerprint, ...loaded } = await loadTeam(checkpoint, model, options);
        return new SimdEngine(config, fingerprints(fingerprint), loaded);
      } catch (reason) {
        if (!(reason instanceof ThreadsUnavailableError)) throw reason;
        onAlone?.(reason);
      }
    }
    const program = new Program(await instantiateKernels(kernels), model);
    program.commit();
    const fingerprint = await program.load(checkpoint);
    return new SimdEngine(config, fingerprints(fingerprint), { program, team: undefined });
  }

  /** @throws {EngineStoppedError} after it was closed */
  // deno-lint-ignore require-await -- what it throws must reject
  async forward(batch: readonly ReadRequest[]): Promise<ReadResult[]> {
    if (this.#program === undefined) throw new EngineStoppedError();
    checkReads(batch, this.config.vocab_size);
    const results: ReadResult[] = [];
    const { sequences } = this.#program.capacity;
    if (batch.length > sequences) keepShared(batch);
    for (let start = 0; start < batch.length; start += sequences) {
      this.#read(this.#program, batch.slice(start, start + sequences), start, results);
    }
    return results;
  }

  drop(state: RecurrentState): void {
    this.#slots.drop(state);
  }

  close(): Promise<void> {
    if (this.#program !== undefined) {
      this.#slots.clear();
      this.#team?.close();
    }
    this.#program = undefined; // and with it the memory
    return Promise.resolve();
  }

  /** Reads requests that all have a slot. */
  #read(
    program: Program,
    requests: readonly ReadRequest[],
    firstIndex: number,
    results: ReadResult[],
  ): void {
    const slots = this.#slots.take(requests);
    const reads = requests.map((request, i): Read => {
      return { request, index: firstIndex + i, slot: slots[i]!, at: 0 };
    });
    for (let unfinished = reads; unfinished.length > 0;) {
      // The shortest first, so that those that end in this run come before those that do not.
      unfinished.sort((a, b) => left(a) - left(b));
      this.#run(program, unfinished, results);
      unfinished = unfinished.filter((read) => left(read) > 0);
    }
  }

  /** Gives each read in turn as many rows as it wants, as long as there are any. */
  #run(program: Program, reads: readonly Read[], results: ReadResult[]): void {
    let rows = program.capacity.tokens;
    const given = reads.map((read) => {
      const length = Math.min(rows, left(read));
      rows -= length;
      const first = read.at;
      read.at += length;
      return { read, first, tokens: read.request.tokens.slice(first, first + length) };
    }).filter(({ tokens }) => tokens.length > 0);
    // Where the logits after several tokens are wanted, those after the last are read out with them: one pass over the head.
    const [ending, others] = partition(
      given,
      ({ read, tokens }) =>
        left(read) === 0 && (read.request.onLogits === undefined || tokens.length === 1),
    );

    const parts = [...ending, ...others];
    let firstRow = 0;
    const firstRows = parts.map(({ tokens: { length } }) => (firstRow += length) - length);
    const runParts = parts.map(({ read: { slot }, tokens }) => ({ slot, tokens }));
    program.run(runParts, ending.length, this.#team);

    const end = ({ index, slot }: Read, logits: Float32Array) => {
      results[index] = { logits: logits.slice(), state: this.#slots.give(slot) };
    };
    for (const [i, { read }] of ending.entries()) end(read, program.logits(i));
    // After these results, since the logits that follow take the place of theirs.
    for (const [i, { read, first, tokens }] of others.entries()) {
      const { onLogits, tokens: all } = read.request;
      if (onLogits === undefined) continue;
      const tell = (logits: Float32Array, row: number) => {
        if (first + row === all.length - 1) end(read, logits);
        else onLogits(logits, first + row);
      };
      program.readOut(firstRows[ending.length + i]!, tokens.length, tell, this.#team);
    }
  }
}

/** Those of a list that fulfil a condition, and the others, each in their order. */
function partition<T>(list: readonly T[], isFirst: (each: T) => boolean): [T[], T[]] {
  const [first, others]: [T[], T[]] = [[], []];
  for (const each of list) (isFirst(each) ? first : others).push(each);
  return [first, others];
}

/** Tokens not read yet. */
function left({ request, at }: Read): number {
  return request.tokens.length - at;
}

/** Copies out the states that several requests begin with: those that run first would change them. */
function keepShared(batch: readonly ReadRequest[]): void {
  const seen = new Set<RecurrentState>();
  for (const { state } of batch) {
    if (seen.has(state)) state.data;
    seen.add(state);
  }
}
