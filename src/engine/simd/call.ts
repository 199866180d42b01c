import type { Step } from "./steps.ts";
import type { Activation, Part, RunSizes } from "./value.ts";

/**
 * How the work of a call can be divided.
 *
 * | | |
 * |---|---|
 * | outputs | a matrix product: each channel of the result needs whole rows |
 * | heads | a recurrence: each head needs its own channels of all rows |
 * | channels | each number, or each head of a row, needs its own channels of that row |
 * | row | a norm over whole rows: each row needs itself |
 */
export type How = "outputs" | "heads" | "channels" | "row";

/** A recorded call of a kernel. */
export interface Call {
  readonly how: How;
  readonly operands: readonly Activation[];
  /** Undefined if it writes to the states. */
  readonly result: Activation | undefined;
  /** Bytes of a row of what it writes. */
  readonly rowBytes: number;
  /** Whether a row needs other rows of the operands. */
  readonly crossesRows: boolean;
  /** Whether it reads the previous token's activation from the state, which calls without a result overwrite. */
  readonly readsShift: boolean;
  /** Its rows in a run. */
  readonly rows: (run: RunSizes) => number;
  /** The step that computes a part, in all runs of these sizes. */
  readonly prepare: (part: Part, run: RunSizes) => Step;
}

/** All of a call. */
export function wholePart(call: Call, run: RunSizes): Part {
  return { row: 0, rows: call.rows(run), from: 0, bytes: call.rowBytes, copy: 0 };
}
