import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { TensorInfo } from "../../checkpoint/tensor.ts";
import { bindTo } from "../../rwkv/parameters.ts";
import { type BlockState, forward } from "../../rwkv/model.ts";
import type { ModelConfig } from "../../rwkv/model_config.ts";
import { stateLayout } from "../../state/layout.ts";
import { Arena } from "./arena.ts";
import type { Call } from "./call.ts";
import { CallList, type Capacity, type DividedCalls, sizeOf } from "./call_list.ts";
import { EmbeddingTable } from "./embedding_table.ts";
import type { Kernels } from "./kernels.ts";
import { loadingBytes, loadWeights } from "./load_weights.ts";
import { loadPacked } from "./packed_layout.ts";
import type { Plan } from "./plan.ts";
import type { OnLogits } from "../engine.ts";
import { SimdOperations } from "./simd_operations.ts";
import { restoreRows } from "./restore_rows.ts";
import { UnsupportedShapeError } from "./unsupported_shape_error.ts";
import {
  ENTRY_BYTES,
  expectKind,
  newActivation,
  type RunSizes,
  type StatePart,
  type Value,
} from "./value.ts";
import type { WeightFormat } from "./weight_format.ts";
import { type SparseMatrix, Weights } from "./weights.ts";

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
/** Numbers of a sequence in the table. */
const ENTRY = ENTRY_BYTES / Int32Array.BYTES_PER_ELEMENT;
/** The recurrences take eight values of a head at a time. */
const HEAD_MULTIPLE = 8;

/** A sequence's share of a run. */
export interface SequenceShare {
  /** Which of the states it goes on from, and changes. */
  readonly slot: number;
  /** At least one. */
  readonly tokens: readonly number[];
}

/** Rows that a run may have, and states that there may be. */
export interface ProgramCapacity extends Capacity {
  readonly slots: number;
}

/** What a program is made for. */
export interface ProgramModel {
  readonly config: ModelConfig;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** What matrices are kept in. */
  readonly format: WeightFormat;
  readonly capacity: ProgramCapacity;
}

/** Threads that compute runs together. */
export interface Helpers {
  /** Whether to compute a run of so many tokens together. */
  isTogether(tokens: number): boolean;
  /** Computes all shares of a plan. */
  run(plan: Plan): void;
  /** Takes note of a run that is done, whoever computed it. `began` is by `performance.now()`. */
  took(tokens: number, began: number): void;
}

/**
 * A model as a list of kernel calls over one memory, which holds
 *
 * | | |
 * |---|---|
 * | weights | as the kernels want them, and what is computed from them alone |
 * | embedding table | as it is stored, or in 8 bits |
 * | states | one for each slot, in the order of `StateLayout` |
 * | activations | a row a token or a sequence; those that are done make room for others |
 * | logits | `[sequences, V]` |
 * | table | what tokens of which sequence a run has |
 * | plans | the kernel calls of runs, as `execute` takes them |
 *
 * Before there are states and activations, weights are read and packed where those will be.
 */
export class Program {
  readonly capacity: ProgramCapacity;
  /** What matrices are kept in. */
  readonly format: WeightFormat;
  /** The checkpoint's. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly #kernels: Kernels;
  readonly #weights: Weights;
  readonly #calls: CallList;
  readonly #arena: Arena;
  readonly #addresses: Readonly<Record<"emb" | "table" | "states" | "area", number>>;
  readonly #embedding: EmbeddingTable;
  readonly #logits: Value;
  readonly #sparse: readonly SparseMatrix[];
  /** Which of these is looked at next. */
  #next = 0;
  readonly #widths: { readonly D: number; readonly V: number; readonly state: number };

  /**
   * Records the calls and plans the memory. None is taken yet.
   *
   * @param divide divides the calls among threads. Without it one thread computes alone.
   * @throws {UnsupportedShapeError}
   */
  constructor(
    kernels: Kernels,
    { config, tensors, format, capacity }: ProgramModel,
    divide?: (calls: readonly Call[]) => DividedCalls,
  ) {
    const { n_layer, n_embd: D, head_size: N, vocab_size: V } = config;
    if (N % HEAD_MULTIPLE !== 0) throw new UnsupportedShapeError("head_size", N, HEAD_MULTIPLE);
    const arena = new Arena();
    const calls = new CallList(kernels.memory, arena, divide);
    const weights = new Weights(arena, format, N, tensors);
    const o = new SimdOperations(calls, weights, N);

    const layout = stateLayout(config);
    const wkvSize = (layout.length - layout.wkv.offset) / n_layer;
    const part = (offset: number): StatePart => ({ kind: "state", offset: offset * FLOAT });
    const states = Array.from({ length: n_layer }, (_, layer) => ({
      att_shift: part(2 * layer * D),
      ffn_shift: part((2 * layer + 1) * D),
      wkv: part(layout.wkv.offset + layer * wkvSize),
    }));
    const emb = newActivation("tokens", D);
    const result = forward<Value>(o, config.version, bindTo<Value>(weights), emb, states, "last");
    storeShifts(o, result.states, states);

    this.#embedding = new EmbeddingTable(weights, format, tensors);
    const area = arena.bytes;
    emb.buffer.address = arena.take(sizeOf(emb.buffer, capacity));
    calls.place(capacity, [emb], expectKind(result.logits, "activation"));

    this.#addresses = {
      emb: emb.buffer.address,
      table: arena.take(capacity.sequences * ENTRY_BYTES),
      states: arena.take(capacity.slots * layout.length * FLOAT),
      area,
    };
    arena.bytes = Math.max(arena.bytes, area + loadingBytes(weights, tensors));
    this.#logits = result.logits;
    this.#sparse = o.sparse;
    this.#widths = { D, V, state: layout.length };
    this.#kernels = kernels;
    this.#weights = weights;
    this.#calls = calls;
    this.#arena = arena;
    this.capacity = capacity;
    this.format = format;
    this.tensors = tensors;
  }

  /** Bytes of memory that {@linkcode commit} takes. */
  get bytes(): number {
    return this.#arena.bytes;
  }

  /** Where the weights end in memory. Nothing else lies before that. */
  get weightBytes(): number {
    return this.#addresses.area;
  }

  /** Where the values of each tensor go. */
  get weights(): Pick<Weights, "destinations"> {
    return this.#weights;
  }

  /**
   * Takes the memory. Comes before all that follows.
   *
   * @throws {OutOfMemoryError}
   */
  commit(): void {
    this.#arena.commit(this.#kernels.memory);
  }

  /**
   * Reads and packs the weights, and computes what depends on them alone.
   *
   * @returns the model's fingerprint
   * @throws {UnsupportedTensorError}
   */
  async load(checkpoint: Checkpoint): Promise<string> {
    const { area } = this.#addresses;
    const target = { kernels: this.#kernels, weights: this.#weights, area };
    const fingerprint = checkpoint.packed === undefined
      ? await loadWeights(checkpoint, target)
      : await loadPacked(checkpoint, checkpoint.packed, this.#kernels.memory, this);
    this.#execute(this.#calls.constantPlan());
    return fingerprint;
  }

  /**
   * A memory as {@linkcode commit} makes it, to be shared by threads.
   *
   * @throws {OutOfMemoryError}
   */
  sharedMemory(): WebAssembly.Memory {
    return this.#arena.sharedMemory();
  }

  /** The state in a slot: a view, not a copy. */
  state(slot: number): Float32Array {
    const { state } = this.#widths;
    return this.#view(this.#addresses.states + slot * state * FLOAT, state);
  }

  /**
   * Reads tokens into states.
   *
   * @param parts of different slots
   * @param ending the first so many parts want logits
   * @param team who helps
   */
  run(parts: readonly SequenceShare[], ending: number, team?: Helpers): void {
    const { table, states } = this.#addresses;
    const entries = new Int32Array(this.#kernels.memory.buffer, table, parts.length * ENTRY);
    let tokens = 0;
    for (const [i, part] of parts.entries()) {
      for (const [at, token] of part.tokens.entries()) this.#lookUp(token, tokens + at);
      const state = states + part.slot * this.#widths.state * FLOAT;
      entries.set([tokens, part.tokens.length, state], i * ENTRY);
      tokens += part.tokens.length;
    }
    const run: RunSizes = { tokens, sequences: parts.length, ending, table };
    this.#compute(run, team);
    this.#adapt();
  }

  #compute(run: RunSizes, team: Helpers | undefined): void {
    const { tokens } = run;
    if (team === undefined) return this.#execute(this.#calls.plan(run, false));
    const began = performance.now();
    const isTogether = team.isTogether(tokens);
    const plan = this.#calls.plan(run, isTogether);
    if (isTogether) team.run(plan);
    else this.#execute(plan);
    team.took(tokens, began);
  }

  /** After each run, looks whether one matrix was packed for zeros that there are not. */
  #adapt(): void {
    const matrix = this.#sparse[this.#next];
    if (matrix === undefined) return;
    this.#next = (this.#next + 1) % this.#sparse.length;
    if (restoreRows(this.#kernels.memory, matrix)) this.#calls.forgetPlans();
  }

  /**
   * The logits after tokens of the last run that was no readout, a few at a time.
   *
   * @param row the first token's row in that run
   * @param onLogits is given each in turn, with its place among them
   */
  readOut(row: number, count: number, onLogits: OnLogits, team?: Helpers): void {
    const { sequences: most } = this.capacity;
    const { table } = this.#addresses;
    for (let at = 0; at < count; at += most) {
      const rows = Math.min(most, count - at);
      const entries = new Int32Array(this.#kernels.memory.buffer, table, rows * ENTRY);
      // To the calls it is a run of so many sequences of one token each.
      for (let i = 0; i < rows; i++) entries.set([row + at + i, 1, 0], i * ENTRY);
      const run: RunSizes = { tokens: 0, sequences: rows, ending: rows, table };
      const isTogether = team?.isTogether(rows) ?? false;
      const plan = this.#calls.readoutPlan(run, isTogether);
      if (team !== undefined && isTogether) team.run(plan);
      else this.#execute(plan);
      for (let i = 0; i < rows; i++) onLogits(this.logits(i), at + i);
    }
  }

  /** Computes a plan that has one share. */
  #execute({ bounds }: Plan): void {
    this.#kernels.execute(bounds[0]!, bounds[1]!);
  }

  /** The logits of a part of the last run that wanted them, `[V]`: a view, not a copy. */
  logits(part: number): Float32Array {
    const { buffer } = expectKind(this.#logits, "activation");
    return this.#view(buffer.address + part * buffer.rowBytes, this.#widths.V);
  }

  /** Writes a row of the embedding table to a row of the first activation. */
  #lookUp(token: number, row: number): void {
    const to = this.#addresses.emb + row * this.#widths.D * FLOAT;
    this.#embedding.lookUp(this.#kernels, token, to);
  }

  #view(address: number, length: number): Float32Array {
    return new Float32Array(this.#kernels.memory.buffer, address, length);
  }
}

/** The shifts of a state are read before they may be written, so they are written at the end. */
function storeShifts(
  o: SimdOperations,
  next: readonly BlockState<Value>[],
  states: readonly BlockState<StatePart>[],
): void {
  for (const [layer, { att_shift, ffn_shift }] of next.entries()) {
    o.store(att_shift, states[layer]!.att_shift);
    o.store(ffn_shift, states[layer]!.ffn_shift);
  }
}
