import type { Arena } from "./arena.ts";
import { type CallShape, divide, type Division, isByColumns, type Part } from "./division.ts";
import { type PhaseSteps, type Plan, PlanMemory } from "./plan.ts";
import { portion } from "./portion.ts";
import type { Step } from "./steps.ts";
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

/** What depends on weights alone, among the shapes of runs. */
const CONSTANT = -1;

/** A run without rows, for what does not depend on them. */
const NO_RUN: Run = { tokens: 0, sequences: 0, ending: 0, table: 0 };

interface Call extends NewCall, Division {
  /** Each share's own channels: bytes before the first, and bytes of all. */
  readonly own: readonly { readonly from: number; readonly bytes: number }[];
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
  /** What is left to compute where rows of the last block are there: the logits. */
  #readout: ReadonlySet<NewCall> = new Set();
  readonly #plans: PlanMemory;
  readonly #arena: Arena;
  /** Into how many shares each phase is divided, if it is. */
  readonly #shares: number;
  readonly #widths: Widths;

  constructor(memory: WebAssembly.Memory, arena: Arena, shares: number, widths: Widths) {
    this.#plans = new PlanMemory(memory);
    this.#arena = arena;
    this.#shares = shares;
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
   * @param logits what a readout computes
   */
  place(capacity: Capacity, results: readonly Activation[], logits: Activation): void {
    const calls = this.#divided();
    const last = lastUses(calls);
    this.#readout = perSequence(calls, logits);
    const read = [...this.#readout].flatMap(({ operands }) => operands);
    const kept = new Set([...results, logits, ...read].map(({ buffer }) => buffer));
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
        const rows = Math.floor(capacity[buffer.rows as keyof Capacity] / this.#shares);
        buffer.copyBytes = call.isCut ? 0 : rows * buffer.rowBytes;
      }
      for (const read of new Set(call.operands.map(({ buffer }) => buffer))) {
        const use = last.get(read)!;
        if (read.rows === "one" || kept.has(read) || use.call !== call) continue;
        free.push({ size: sizeOf(read, capacity), address: read.address, last: use });
      }
    }
    this.#plans.place(this.#arena, [
      this.#constantSteps(),
      ...[false, true].flatMap((isShared) =>
        [1, 2].map((tokens) => this.#steps({ ...NO_RUN, tokens }, isShared))
      ),
    ]);
  }

  /** What to compute from weights alone. */
  constantPlan(): Plan {
    return this.#plans.get(CONSTANT, () => this.#constantSteps());
  }

  /**
   * What to compute in a run.
   *
   * @param isShared whether several threads do, or one share is all
   */
  plan(run: Run, isShared: boolean): Plan {
    return this.#plans.get(shapeOf(run, isShared), () => this.#steps(run, isShared));
  }

  /**
   * What to compute to have the logits of tokens of the last run, which are the sequences of this one.
   *
   * @param run without tokens
   */
  readoutPlan(run: Run, isShared: boolean): Plan {
    return this.#plans.get(shapeOf(run, isShared), () => {
      return this.#steps(run, isShared, (call) => this.#readout.has(call));
    });
  }

  #constantSteps(): PhaseSteps {
    return [[this.#constant.map((call) => call.prepare(whole(call, NO_RUN), NO_RUN))]];
  }

  #steps(run: Run, isShared: boolean, isWanted?: (call: Call) => boolean): PhaseSteps {
    const isSingle = run.tokens === 1;
    const all = this.#phases[isShared && isSingle ? "single" : "many"];
    const phases = isWanted === undefined
      ? all
      : all.map((calls) => calls.filter(isWanted)).filter(({ length }) => length > 0);
    if (!isShared) {
      return [[phases.flat().map((call) => call.prepare(whole(call, run), run))]];
    }
    const indices = Array.from({ length: this.#shares }, (_, index) => index);
    return phases.map((calls) =>
      indices.map((index) =>
        calls.map((call) => {
          const part = isSingle
            ? partOfSingle(call, run, index)
            : this.#partOfMany(call, run, index);
          return call.prepare(part, run);
        })
      )
    );
  }

  /** The calls in the order of runs of many rows. */
  #divided(): Call[] {
    if (this.#shares === 1) {
      const calls = this.#recorded.map((call, i): Call => {
        return { ...call, own: [], single: i, many: i, isCut: false };
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
    return Array.from({ length: this.#shares }, (_, index) => {
      const [start, end] = portion(Math.ceil(rowBytes / unit), index, this.#shares);
      const from = start * unit;
      return { from, bytes: Math.min(end * unit, rowBytes) - from };
    });
  }

  #partOfMany(call: Call, run: Run, index: number): Part {
    if (isByColumns(call)) return { row: 0, rows: call.rows(run), ...call.own[index]!, copy: 0 };
    const [row, end] = portion(call.rows(run), index, this.#shares);
    return { row, rows: end - row, from: 0, bytes: call.rowBytes, copy: 0 };
  }
}

/** What runs with the same plan have in common, as a number: a look at it costs little beside a step. */
function shapeOf({ tokens, sequences, ending }: Run, isShared: boolean): number {
  return ((tokens * 256 + sequences) * 256 + ending) * 2 + Number(isShared);
}

/** All of a call. */
function whole(call: NewCall, run: Run): Part {
  return { row: 0, rows: call.rows(run), from: 0, bytes: call.rowBytes, copy: 0 };
}

function partOfSingle(call: Call, run: Run, index: number): Part {
  const { from, bytes } = call.isCut ? call.own[index]! : { from: 0, bytes: call.rowBytes };
  return { row: 0, rows: call.rows(run), from, bytes, copy: index };
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

/** The calls that compute rows, one a sequence, that a result needs: from the last rows of the sequences on. */
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
