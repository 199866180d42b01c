import type { Arena } from "./arena.ts";
import { type CallShape, divide, type Division, isByColumns, type Part } from "./division.ts";
import type { Kernels } from "./kernels.ts";
import { portion, type Share } from "./share.ts";
import { type Step, stepBytes, writeSteps } from "./steps.ts";
import type { Activation, Buffer, Run } from "./value.ts";

/** Rows that a run may have. */
export interface Capacity {
  readonly tokens: number;
  readonly sequences: number;
}

/** What a call does, and with what. */
export interface NewCall extends CallShape {
  /** Its rows in a run. */
  readonly rows: (run: Run) => number;
  /** What to do in runs like one. */
  readonly prepare: (part: Part, run: Run) => Step;
}

/** Shapes of runs whose steps are kept. */
const MAX_PLANS = 16;

/** A run without rows, for what does not depend on them. */
const NO_RUN: Run = { tokens: 0, sequences: 0, ending: 0, table: 0 };

/** Where the steps of each phase of a run begin, and where the last ones end. */
type Plan = readonly number[];

interface Call extends NewCall, Division {
  /** The thread's own channels: bytes before the first, and bytes of all. */
  readonly own: { readonly from: number; readonly bytes: number };
}

/** Whose channels the calls are divided into: the model's rows are cut between heads. */
export interface Widths {
  /** Bytes of a row of all heads. */
  readonly row: number;
  /** Bytes of a head: 0 if the model has none. */
  readonly head: number;
}

/** Other rows are cut between cache lines, which are whole groups of rows of every matrix as well. */
const LINE_BYTES = 64;

/**
 * Kernel calls in order, recorded once and replayed for every run.
 *
 * What is computed from weights alone is kept apart: it is called once, when they are loaded.
 */
export class CallList {
  readonly #recorded: NewCall[] = [];
  readonly #constant: NewCall[] = [];
  /** Calls by phase, for runs of one token and for all others. */
  #phases: Readonly<Record<"single" | "many", readonly (readonly Call[])[]>> = {
    single: [],
    many: [],
  };
  /** The plans of runs that there were, by their shape. */
  readonly #plans = new Map<string, Plan>();
  /** Where this thread's plans are, one after the other. */
  readonly #planMemory = { address: 0, bytes: 0 };
  readonly #kernels: Pick<Kernels, "memory" | "execute">;
  readonly #arena: Arena;
  readonly #share: Share;
  readonly #widths: Widths;

  constructor(
    kernels: Pick<Kernels, "memory" | "execute">,
    arena: Arena,
    share: Share,
    widths: Widths,
  ) {
    this.#kernels = kernels;
    this.#arena = arena;
    this.#share = share;
    this.#widths = widths;
  }

  /** Records a call. */
  record(call: NewCall): void {
    const { result } = call;
    if (result?.buffer.rows === "one") {
      result.buffer.address = this.#arena.take(result.buffer.rowBytes);
      this.#constant.push(call);
    } else {
      this.#recorded.push(call);
    }
  }

  /**
   * Orders the calls, and gives each buffer that they write its address. One that is read for the last time makes room for
   * those written after that. Steps get their place as well.
   *
   * @param results buffers that are read after a run
   */
  place(capacity: Capacity, results: readonly Activation[]): void {
    const calls = this.#divided();
    const last = lastUses(calls);
    const kept = new Set(results.map(({ buffer }) => buffer));
    let free: { readonly size: number; readonly address: number; readonly last: LastUse }[] = [];
    for (const call of calls) {
      const buffer = call.result?.buffer;
      if (buffer !== undefined) {
        const size = sizeOf(buffer, capacity);
        // Threads may be anywhere in a phase, so what one of them reads in it is not to be written in it.
        const room = free.findLast(({ size: other, last }) =>
          other === size && last.single < call.single && last.many < call.many
        );
        free = free.filter((other) => other !== room);
        buffer.address = room?.address ?? this.#arena.take(size);
        const { index, count } = this.#share;
        const copies = Math.floor(capacity[buffer.rows as keyof Capacity] / count);
        buffer.copy = call.isCut ? 0 : index * copies * buffer.rowBytes;
      }
      for (const read of new Set(call.operands.map(({ buffer }) => buffer))) {
        const use = last.get(read)!;
        if (read.rows === "one" || kept.has(read) || use.call !== call) continue;
        free.push({ size: sizeOf(read, capacity), address: read.address, last: use });
      }
    }
    this.#placePlans();
  }

  /** Computes what depends on weights alone. */
  runConstant(): void {
    const [start, end] = this.#write(0, [this.#constantSteps()]);
    this.#kernels.execute(start!, end!);
    this.#plans.clear(); // whose place it took
  }

  /**
   * Computes all, or this thread's parts.
   *
   * @param meet waits until all threads have come as far; the last time at the end. Who computes alone needs none.
   */
  run(run: Run, meet?: () => void): void {
    const plan = this.#plan(run, meet !== undefined);
    for (let phase = 1; phase < plan.length; phase++) {
      this.#kernels.execute(plan[phase - 1]!, plan[phase]!);
      meet?.();
    }
  }

  /** Takes memory for as many plans as are kept, for each thread. */
  #placePlans(): void {
    const steps = this.#recorded.map((call) => call.prepare(whole(call, NO_RUN), NO_RUN));
    const bytes = Math.max(stepBytes(steps), stepBytes(this.#constantSteps()));
    const { index, count } = this.#share;
    const address = this.#arena.take(count * MAX_PLANS * bytes);
    this.#planMemory.address = address + index * MAX_PLANS * bytes;
    this.#planMemory.bytes = bytes;
  }

  #constantSteps(): Step[] {
    return this.#constant.map((call) => call.prepare(whole(call, NO_RUN), NO_RUN));
  }

  /** Writes a plan to one of the places for them. */
  #write(place: number, phases: readonly (readonly Step[])[]): Plan {
    let address = this.#planMemory.address + place * this.#planMemory.bytes;
    const plan = [address];
    for (const steps of phases) {
      address = writeSteps(this.#kernels.memory, address, steps);
      plan.push(address);
    }
    return plan;
  }

  #plan(run: Run, isShared: boolean): Plan {
    const shape = `${isShared} ${run.tokens} ${run.sequences} ${run.ending}`;
    const known = this.#plans.get(shape);
    if (known !== undefined) return known;
    const isSingle = isShared && run.tokens === 1;
    const partOf = (call: Call): Part => {
      if (!isShared) return whole(call, run);
      return isSingle ? partOfSingle(call, run) : this.#partOfMany(call, run);
    };
    if (this.#plans.size === MAX_PLANS) this.#plans.clear();
    const phases = this.#phases[isSingle ? "single" : "many"].map((phase) =>
      phase.map((call) => call.prepare(partOf(call), run))
    );
    const plan = this.#write(this.#plans.size, phases);
    this.#plans.set(shape, plan);
    return plan;
  }

  /** The calls in the order of runs of many rows. */
  #divided(): Call[] {
    if (this.#share.count === 1) {
      const own = { from: 0, bytes: 0 };
      const calls = this.#recorded.map((call, i): Call => {
        return { ...call, own, single: i, many: i, isCut: false };
      });
      this.#phases = { single: [calls], many: [calls] };
      return calls;
    }
    const calls = [...divide(this.#recorded)].map(([call, division]): Call => {
      return { ...call, ...division, own: this.#ownChannels(call.rowBytes) };
    });
    this.#phases = { single: inPhases(calls, "single"), many: inPhases(calls, "many") };
    return this.#phases.many.flat();
  }

  #ownChannels(rowBytes: number): Call["own"] {
    const { row, head } = this.#widths;
    const unit = rowBytes === row && head > 0 ? head : LINE_BYTES;
    const [start, end] = portion(Math.ceil(rowBytes / unit), this.#share);
    const from = start * unit;
    return { from, bytes: Math.min(end * unit, rowBytes) - from };
  }

  #partOfMany(call: Call, run: Run): Part {
    if (isByColumns(call)) return { row: 0, rows: call.rows(run), ...call.own, isCopied: false };
    const [row, end] = portion(call.rows(run), this.#share);
    return { row, rows: end - row, from: 0, bytes: call.rowBytes, isCopied: false };
  }
}

/** All of a call. */
function whole(call: NewCall, run: Run): Part {
  return { row: 0, rows: call.rows(run), from: 0, bytes: call.rowBytes, isCopied: false };
}

function partOfSingle(call: Call, run: Run): Part {
  const { from, bytes } = call.isCut ? call.own : { from: 0, bytes: call.rowBytes };
  return { row: 0, rows: call.rows(run), from, bytes, isCopied: true };
}

function inPhases(calls: readonly Call[], order: "single" | "many"): Call[][] {
  const count = 1 + Math.max(...calls.map((call) => call[order]));
  const phases: Call[][] = Array.from({ length: count }, () => []);
  for (const call of calls) phases[call[order]]!.push(call);
  return phases;
}

/** The last phases in which a buffer is written or read, and the call that reads it last in the order of the calls. */
interface LastUse {
  readonly single: number;
  readonly many: number;
  readonly call: Call;
}

function lastUses(calls: readonly Call[]): Map<Buffer, LastUse> {
  const uses = new Map<Buffer, LastUse>();
  for (const call of calls) {
    const buffers = [...call.operands, ...call.result ? [call.result] : []];
    for (const { buffer } of buffers) {
      const before = uses.get(buffer) ?? call;
      uses.set(buffer, {
        single: Math.max(before.single, call.single),
        many: Math.max(before.many, call.many),
        call,
      });
    }
  }
  return uses;
}

/** Bytes of a buffer with as many rows as it may have. */
export function sizeOf({ rows, rowBytes }: Buffer, capacity: Capacity): number {
  return rows === "one" ? rowBytes : rowBytes * capacity[rows];
}
