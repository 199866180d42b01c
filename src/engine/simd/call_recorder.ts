import type { Call, How } from "./call.ts";
import type { CallList } from "./call_list.ts";
import type { Step } from "./steps.ts";
import {
  type Activation,
  expectKind,
  newActivation,
  type Part,
  type RowsOf,
  type RunSizes,
  type Value,
} from "./value.ts";

/** Records the calls of operations on values. */
export class CallRecorder {
  readonly #calls: CallList;

  constructor(calls: CallList) {
    this.#calls = calls;
  }

  /** Records a call. Its result has the operands' width, unless a result is given. */
  record(
    how: How,
    values: readonly Value[],
    prepare: (y: Activation, part: Part, operands: readonly Activation[], run: RunSizes) => Step,
    { result: given, ...rest }: Partial<Call> = {},
  ): Activation {
    const operands = values.map((value) => expectKind(value, "activation"));
    const result = given ?? newActivation(commonRows(operands), operands[0]!.width);
    this.#calls.record({
      how,
      operands,
      result,
      rowBytes: result.buffer.rowBytes,
      crossesRows: false,
      readsShift: false,
      rows: (run) => rowCount(result, run),
      prepare: (part, run) => prepare(result, part, operands, run),
      ...rest,
    });
    return result;
  }

  /** Records a call that writes one row per sequence into its state. */
  recordStore(
    value: Value,
    prepare: (part: Part, operand: Activation, run: RunSizes) => Step,
  ): void {
    const operand = expectKind(value, "activation");
    this.#calls.record({
      how: "channels",
      operands: [operand],
      result: undefined,
      rowBytes: operand.buffer.rowBytes,
      crossesRows: false,
      readsShift: false,
      rows: ({ sequences }) => sequences,
      prepare: (part, run) => prepare(part, operand, run),
    });
  }
}

/** Per-channel operands apply to every row of the others. */
function commonRows(operands: readonly Activation[]): RowsOf {
  return operands.find(({ buffer }) => buffer.rows !== "one")?.buffer.rows ?? "one";
}

/** Rows to compute. Only sequences that end in the run get logits. */
function rowCount({ buffer: { rows } }: Activation, { tokens, ending }: RunSizes): number {
  switch (rows) {
    case "one":
      return 1;
    case "tokens":
      return tokens;
    case "sequences":
      return ending;
  }
}
