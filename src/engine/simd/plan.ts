import type { Arena } from "./arena.ts";
import { type Step, stepBytes, writeSteps } from "./steps.ts";

const WORD = Int32Array.BYTES_PER_ELEMENT;

/** The steps of a run, in the kernels' memory. */
export interface Plan {
  /** Phases, one after the other: each needs all of the one before it. */
  readonly phases: number;
  /** What each phase is divided into. Shares of a phase can be computed at the same time, and in any order. */
  readonly shares: number;
  /**
   * The addresses where the steps of each share begin, those of one phase after those of another, and where the last ones
   * end: `[phases * shares + 1]`, in memory as well.
   */
  readonly bounds: Int32Array;
}

/** Steps by share, by phase. */
export type PhaseSteps = readonly (readonly (readonly Step[])[])[];

/** Shapes of runs whose plans are kept. */
const MAX_PLANS = 16;

/** Memory for plans. Where there is no room for another, all make room. */
export class PlanMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #plans = new Map<number, Plan>();
  #address = 0;
  /** Bytes of each plan. */
  #bytes = 0;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** Takes memory. No plan may be larger than the largest of these. */
  place(arena: Arena, largest: readonly PhaseSteps[]): void {
    this.#bytes = Math.max(...largest.map(planBytes));
    this.#address = arena.take(MAX_PLANS * this.#bytes);
  }

  /** The plan of runs of a shape, whatever that is called. It is made if it is not there. */
  get(shape: number, make: () => PhaseSteps): Plan {
    let plan = this.#plans.get(shape);
    if (plan === undefined) {
      if (this.#plans.size === MAX_PLANS) this.#plans.clear();
      plan = this.#write(this.#address + this.#plans.size * this.#bytes, make());
      this.#plans.set(shape, plan);
    }
    return plan;
  }

  /** Makes all plans anew when they are asked for. */
  clear(): void {
    this.#plans.clear();
  }

  #write(address: number, phases: PhaseSteps): Plan {
    const shares = phases.flat();
    const bounds = new Int32Array(this.#memory.buffer, address, shares.length + 1);
    let at = address + bounds.byteLength;
    for (const [i, steps] of shares.entries()) {
      bounds[i] = at;
      at = writeSteps(this.#memory, at, steps);
    }
    bounds[shares.length] = at;
    return { phases: phases.length, shares: shares.length / phases.length, bounds };
  }
}

function planBytes(phases: PhaseSteps): number {
  const shares = phases.flat();
  return shares.reduce((bytes, steps) => bytes + stepBytes(steps), (shares.length + 1) * WORD);
}
