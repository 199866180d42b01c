import type { Arena } from "./arena.ts";
import { type Call, wholePart } from "./call.ts";
import { type PhaseSteps, type Plan, PlanMemory } from "./plan.ts";
import type { Activation, Buffer, RunSizes } from "./value.ts";

/** Rows that a run may have. */
export interface Capacity {
  readonly tokens: number;
  readonly sequences: number;
}

/** A call, and when it runs. */
export interface PhasedCall {
  readonly call: Call;
  /** Its phase in each order in which the calls may run. Calls of one phase may run at the same time. */
  readonly phases: readonly number[];
  /** Whether each thread computes rows of the result for itself, and has its own copy of them. */
  readonly isCopied: boolean;
}

/** Calls that several threads compute together. */
export interface DividedCalls {
  /** All calls, in an order in which one thread may run them. */
  readonly order: readonly PhasedCall[];
  readonly shares: number;
  /** The steps of a run, by phase and share. */
  steps(run: RunSizes, isWanted: (call: Call) => boolean): PhaseSteps;
}

/** The key of the plan of what depends on weights alone, among the shapes of runs. */
const CONSTANT = -1;

/** A run without rows, for what does not depend on them. */
const NO_RUN: RunSizes = { tokens: 0, sequences: 0, ending: 0, table: 0 };

/**
 * Kernel calls in order, recorded once and replayed for every run.
 *
 * Calls that depend on weights alone are kept apart: they run once, when the weights are loaded.
 */
export class CallList {
  readonly #recorded: Call[] = [];
  readonly #constant: Call[] = [];
  /** The recorded calls in the order in which buffers have their addresses. */
  #ordered: readonly Call[] = [];
  #divided: DividedCalls | undefined;
  /** The calls that compute logits from rows of the last block. */
  #readout: ReadonlySet<Call> = new Set();
  readonly #plans: PlanMemory;
  readonly #arena: Arena;
  readonly #divide: ((calls: readonly Call[]) => DividedCalls) | undefined;

  /** @param divide divides the calls among threads. Without it one thread computes alone. */
  constructor(
    memory: WebAssembly.Memory,
    arena: Arena,
    divide?: (calls: readonly Call[]) => DividedCalls,
  ) {
    this.#plans = new PlanMemory(memory);
    this.#arena = arena;
    this.#divide = divide;
  }

  /** Records a call. */
  record(call: Call): void {
    const { result } = call;
    if (result?.buffer.rows === "one") {
      result.buffer.address = this.#arena.take(result.buffer.rowBytes);
      this.#constant.push(call);
    } else {
      this.#recorded.push(call);
    }
  }

  /**
   * Gives each buffer that the calls write its address. A buffer's memory is reused after its last read. Plans get their memory
   * as well.
   *
   * @param results buffers that are read after a run
   * @param logits the result of a readout
   */
  place(capacity: Capacity, results: readonly Activation[], logits: Activation): void {
    this.#divided = this.#divide?.(this.#recorded);
    const calls = this.#divided?.order ?? this.#recorded.map((call, i): PhasedCall => {
      return { call, phases: [i], isCopied: false };
    });
    this.#ordered = calls.map(({ call }) => call);
    this.#readout = perSequence(this.#ordered, logits);

    const last = lastUses(calls);
    const read = [...this.#readout].flatMap(({ operands }) => operands);
    const kept = new Set([...results, logits, ...read].map(({ buffer }) => buffer));
    let free: { readonly size: number; readonly address: number; readonly last: LastUse }[] = [];
    for (const { call, phases, isCopied } of calls) {
      const buffer = call.result?.buffer;
      if (buffer !== undefined) {
        const size = sizeOf(buffer, capacity);
        // Threads may be anywhere in a phase, so nothing that is read in a phase may be overwritten in it.
        const room = free.findLast(({ size: other, last }) =>
          other === size && last.phases.every((phase, order) => phase < phases[order]!)
        );
        free = free.filter((other) => other !== room);
        buffer.address = room?.address ?? this.#arena.take(size);
        if (isCopied) {
          const rows = Math.floor(size / buffer.rowBytes / this.#divided!.shares);
          buffer.copyBytes = rows * buffer.rowBytes;
        }
      }
      for (const read of new Set(call.operands.map(({ buffer }) => buffer))) {
        const use = last.get(read)!;
        if (read.rows === "one" || kept.has(read) || use.call !== call) continue;
        free.push({ size: sizeOf(read, capacity), address: read.address, last: use });
      }
    }
    const plans = [this.#constantSteps()];
    for (const tokens of [1, 2]) {
      const run = { ...NO_RUN, tokens };
      plans.push(this.#steps(run));
      if (this.#divided !== undefined) plans.push(this.#divided.steps(run, () => true));
    }
    this.#plans.place(this.#arena, plans);
  }

  /** The calls that depend on weights alone. */
  constantPlan(): Plan {
    return this.#plans.get(CONSTANT, () => this.#constantSteps());
  }

  /**
   * The calls of a run.
   *
   * @param isShared whether several threads compute it
   */
  plan(run: RunSizes, isShared: boolean): Plan {
    return this.#planOf(run, isShared, () => true);
  }

  /**
   * The calls that compute the logits of tokens of the last run: each counts as a sequence of this run.
   *
   * @param run without tokens
   */
  readoutPlan(run: RunSizes, isShared: boolean): Plan {
    return this.#planOf(run, isShared, (call) => this.#readout.has(call));
  }

  /** Prepares steps anew: what they call has changed. */
  forgetPlans(): void {
    this.#plans.clear();
  }

  #planOf(run: RunSizes, isShared: boolean, isWanted: (call: Call) => boolean): Plan {
    return this.#plans.get(shapeOf(run, isShared), () => {
      return isShared ? this.#divided!.steps(run, isWanted) : this.#steps(run, isWanted);
    });
  }

  #constantSteps(): PhaseSteps {
    return [[this.#constant.map((call) => call.prepare(wholePart(call, NO_RUN), NO_RUN))]];
  }

  #steps(run: RunSizes, isWanted: (call: Call) => boolean = () => true): PhaseSteps {
    const calls = this.#ordered.filter(isWanted);
    return [[calls.map((call) => call.prepare(wholePart(call, run), run))]];
  }
}

/** A key for the runs that share a plan. A number, since a lookup must be cheap beside a step. */
function shapeOf({ tokens, sequences, ending }: RunSizes, isShared: boolean): number {
  return ((tokens * 256 + sequences) * 256 + ending) * 2 + Number(isShared);
}

/** The last phases in which a buffer is written or read, and the call that reads it last in the order of the calls. */
interface LastUse {
  readonly phases: readonly number[];
  readonly call: Call;
}

function lastUses(calls: readonly PhasedCall[]): Map<Buffer, LastUse> {
  const uses = new Map<Buffer, LastUse>();
  for (const { call, phases } of calls) {
    const buffers = [...call.operands, ...call.result ? [call.result] : []];
    for (const { buffer } of buffers) {
      const before = uses.get(buffer)?.phases ?? phases;
      uses.set(buffer, { phases: phases.map((phase, i) => Math.max(before[i]!, phase)), call });
    }
  }
  return uses;
}

/** The calls after the last rows of the sequences that a result depends on. */
function perSequence(calls: readonly Call[], result: Activation): Set<Call> {
  const found = new Set<Call>();
  const needed = new Set([result.buffer]);
  for (const call of calls.toReversed()) {
    const buffer = call.result?.buffer;
    if (buffer?.rows !== "sequences" || !needed.has(buffer)) continue;
    found.add(call);
    for (const operand of call.operands) needed.add(operand.buffer);
  }
  return found;
}

/** Bytes of a buffer with as many rows as it may have. */
export function sizeOf({ rows, rowBytes }: Buffer, capacity: Capacity): number {
  return rows === "one" ? rowBytes : rowBytes * capacity[rows];
}
