import type { Arena } from "./arena.ts";
import type { Activation, Buffer, Run } from "./value.ts";

/** Rows that a run may have. */
export interface Capacity {
  readonly tokens: number;
  readonly sequences: number;
}

interface Call {
  readonly reads: readonly Buffer[];
  readonly writes: Buffer | undefined;
  readonly run: (run: Run) => void;
}

/**
 * Kernel calls in order, recorded once and replayed for every run.
 *
 * What is computed from weights alone is kept apart: it is called once, when they are loaded.
 */
export class CallList {
  readonly #calls: Call[] = [];
  readonly #constant: Call[] = [];
  readonly #arena: Arena;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** Records a call that computes `y`, or writes into states if there is none. */
  record(
    y: Activation | undefined,
    operands: readonly Activation[],
    run: (run: Run) => void,
  ): void {
    const call = { reads: operands.map(({ buffer }) => buffer), writes: y?.buffer, run };
    if (y?.buffer.rows === "one") {
      y.buffer.address = this.#arena.take(y.buffer.rowBytes);
      this.#constant.push(call);
    } else {
      this.#calls.push(call);
    }
  }

  /**
   * Gives each buffer that the calls write its address. One that is read for the last time makes room for those
   * written after that.
   *
   * @param results buffers that are read after a run
   */
  place(capacity: Capacity, results: readonly Activation[]): void {
    const lastRead = new Map<Buffer, Call>();
    for (const call of this.#calls) {
      for (const buffer of call.reads) lastRead.set(buffer, call);
    }
    const kept = new Set(results.map(({ buffer }) => buffer));
    const free = new Map<number, number[]>(); // addresses by size
    for (const call of this.#calls) {
      const { writes } = call;
      if (writes !== undefined) {
        const size = sizeOf(writes, capacity);
        writes.address = free.get(size)?.pop() ?? this.#arena.take(size);
      }
      for (const buffer of new Set(call.reads)) {
        if (buffer.rows === "one" || kept.has(buffer) || lastRead.get(buffer) !== call) continue;
        const size = sizeOf(buffer, capacity);
        free.set(size, [...(free.get(size) ?? []), buffer.address]);
      }
    }
  }

  /** Computes what depends on weights alone. */
  runConstant(run: Run): void {
    for (const call of this.#constant) call.run(run);
  }

  run(run: Run): void {
    for (const call of this.#calls) call.run(run);
  }
}

/** Bytes of a buffer with as many rows as it may have. */
export function sizeOf({ rows, rowBytes }: Buffer, capacity: Capacity): number {
  return rows === "one" ? rowBytes : rowBytes * capacity[rows];
}
