import type { CallList, NewCall } from "./call_list.ts";
import { type How, type Part, rowCount } from "./division.ts";
import type { Step } from "./steps.ts";
import {
  type Activation,
  expectKind,
  newActivation,
  type RowsOf,
  type Run,
  type Value,
} from "./value.ts";

/** Records the calls of operations on values. */
export class CallRecorder {
  readonly #calls: CallList;

  constructor(calls: CallList) {
    this.#calls = calls;
  }

  /** Records a call. What it computes has the operands' width, unless there is a result to compute. */
  record(
    how: How,
    values: readonly Value[],
    prepare: (y: Activation, part: Part, operands: readonly Activation[], run: Run) => Step,
    { result: given, ...rest }: Partial<NewCall> = {},
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

  /** Records a call that writes rows, one a sequence, into states. */
  recordStore(value: Value, prepare: (part: Part, operand: Activation, run: Run) => Step): void {
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
