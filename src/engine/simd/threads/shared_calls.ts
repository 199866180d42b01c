import { type Call, wholePart } from "../call.ts";
import type { DividedCalls, PhasedCall } from "../call_list.ts";
import type { PhaseSteps } from "../plan.ts";
import { portion } from "../portion.ts";
import type { Part, RunSizes } from "../value.ts";
import { divide, type Division, isByColumns } from "./division.ts";

/** Rows are cut between heads if they are as wide as the model's. */
export interface Widths {
  /** Bytes of a row of all heads. */
  readonly row: number;
  /** Bytes of a head: 0 if the model has none. */
  readonly head: number;
}

/** Other rows are cut between cache lines, which are whole groups of rows of every matrix as well. */
const LINE_BYTES = 64;

interface SharedCall extends PhasedCall, Division {
  /** Each share's own channels: bytes before the first, and bytes of all. */
  readonly own: readonly { readonly from: number; readonly bytes: number }[];
}

/** Calls divided into shares, one for each thread. */
export class SharedCalls implements DividedCalls {
  readonly order: readonly SharedCall[];
  readonly shares: number;
  /** Calls by phase, for runs of one token and for all others. */
  readonly #phases: Readonly<Record<"single" | "many", readonly (readonly SharedCall[])[]>>;

  constructor(calls: readonly Call[], shares: number, widths: Widths) {
    const shared = [...divide(calls)].map(([call, division]): SharedCall => ({
      ...{ call, ...division, phases: [division.single, division.many], isCopied: !division.isCut },
      own: ownChannels(call.rowBytes, shares, widths),
    }));
    this.shares = shares;
    this.#phases = { single: inPhases(shared, "single"), many: inPhases(shared, "many") };
    this.order = this.#phases.many.flat();
  }

  steps(run: RunSizes, isWanted: (call: Call) => boolean): PhaseSteps {
    const isSingle = run.tokens === 1;
    const phases = this.#phases[isSingle ? "single" : "many"]
      .map((calls) => calls.filter(({ call }) => isWanted(call)))
      .filter(({ length }) => length > 0);
    const shares = Array.from({ length: this.shares }, (_, index) => index);
    const part = isSingle ? partOfSingle : this.#partOfMany;
    return phases.map((calls) =>
      shares.map((index) => calls.map((each) => each.call.prepare(part(each, run, index), run)))
    );
  }

  #partOfMany = ({ call, own }: SharedCall, run: RunSizes, index: number): Part => {
    const whole = wholePart(call, run);
    if (isByColumns(call)) return { ...whole, ...own[index]! };
    const [row, end] = portion(whole.rows, index, this.shares);
    return { ...whole, row, rows: end - row };
  };
}

function partOfSingle({ call, own, isCut }: SharedCall, run: RunSizes, index: number): Part {
  return { ...wholePart(call, run), ...isCut ? own[index]! : {}, copy: index };
}

function ownChannels(rowBytes: number, shares: number, { row, head }: Widths): SharedCall["own"] {
  const unit = rowBytes === row && head > 0 ? head : LINE_BYTES;
  return Array.from({ length: shares }, (_, index) => {
    const [start, end] = portion(Math.ceil(rowBytes / unit), index, shares);
    const from = start * unit;
    return { from, bytes: Math.min(end * unit, rowBytes) - from };
  });
}

function inPhases(calls: readonly SharedCall[], order: "single" | "many"): SharedCall[][] {
  const count = 1 + Math.max(...calls.map((call) => call[order]));
  const phases: SharedCall[][] = Array.from({ length: count }, () => []);
  for (const call of calls) phases[call[order]]!.push(call);
  return phases;
}
