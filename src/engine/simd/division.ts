import type { Activation, Buffer, Run } from "./value.ts";

/**
 * How the work of a call can be divided among threads.
 *
 * | | |
 * |---|---|
 * | outputs | a matrix product: each channel of the result needs whole rows |
 * | heads | a recurrence: each head needs its own channels of all rows |
 * | channels | each number, or each head of a row, needs its own channels of that row |
 * | row | each row needs itself as a whole: a norm over it |
 */
export type How = "outputs" | "heads" | "channels" | "row";

/** What a call is recorded with. */
export interface CallShape {
  readonly how: How;
  readonly operands: readonly Activation[];
  /** What it writes: states, if nothing. */
  readonly result: Activation | undefined;
  /** Bytes of a row of what it writes. */
  readonly rowBytes: number;
  /** Whether a row needs other rows of the operands. */
  readonly crossesRows: boolean;
  /** Whether it reads what a token before left in the state, which calls without a result overwrite. */
  readonly readsShift: boolean;
}

/** When a call may run. Threads meet between phases, and at no other time. */
export interface Phases {
  /** In a run of one token. */
  readonly single: number;
  /** In all others. */
  readonly many: number;
}

/**
 * A call's place in both orders.
 *
 * A run of one token is short, so that threads are to meet as rarely as can be: each computes its own channels, and what
 * needs whole rows but is little work each computes for itself, into its own copy of the row. In longer runs rows are
 * divided where that is possible, so that nothing is computed twice.
 */
export interface Division extends Phases {
  /** Whether each thread computes its own channels in a run of one token; otherwise each computes all. */
  readonly isCut: boolean;
}

/** Divides calls, given in the order in which one thread could run them. Each comes as early as it can. */
export function divide<Call extends CallShape>(calls: readonly Call[]): Map<Call, Division> {
  const divisions = new Map<Call, Division>();
  const producers = new Map<Buffer, Call>();
  const shifts: Phases = { single: -1, many: -1 };
  let lastShift = shifts;
  for (const call of calls) {
    let single = 0, many = 0;
    if (call.result === undefined) {
      [single, many] = [lastShift.single + 1, lastShift.many + 1];
    }
    const made = call.operands.flatMap((operand) => {
      const producer = producers.get(operand.buffer);
      return producer === undefined
        ? []
        : [{ operand, producer, division: divisions.get(producer)! }];
    });
    for (const { operand, producer, division } of made) {
      const isWhole = operand.offset === 0 && operand.width === producer.result!.width;
      const waits = division.isCut && !(takesChannels(call) && isWhole);
      single = Math.max(single, division.single + Number(waits));
      many = Math.max(many, division.many + Number(waitsInMany(call, operand, producer, isWhole)));
    }
    const isCut = isByColumns(call) || call.result === undefined ||
      call.how === "channels" &&
        made.some(({ division }) => division.isCut && division.single === single);
    divisions.set(call, { single, many, isCut });
    if (call.readsShift) {
      lastShift = {
        single: Math.max(lastShift.single, single),
        many: Math.max(lastShift.many, many),
      };
    }
    if (call.result !== undefined) producers.set(call.result.buffer, call);
  }
  return divisions;
}

/** Whether it is divided by channels in runs of many rows as well. */
export function isByColumns({ how }: CallShape): boolean {
  return how === "outputs" || how === "heads";
}

/** Whether it can go on with its own channels of an operand alone. */
function takesChannels({ how }: CallShape): boolean {
  return how === "heads" || how === "channels";
}

/** Whether what the thread made itself of an operand is not all that it needs, in a run of many rows. */
function waitsInMany(
  call: CallShape,
  { buffer }: Activation,
  producer: CallShape,
  isWhole: boolean,
): boolean {
  if (isByColumns(producer)) return !(call.how === "heads" && isWhole);
  return isByColumns(call) || call.crossesRows || buffer.rows !== "tokens";
}

/** What a thread computes of a call in one run. */
export interface Part {
  /** The first row. */
  readonly row: number;
  readonly rows: number;
  /** Bytes before the first channel. */
  readonly from: number;
  /** Bytes of the channels. */
  readonly bytes: number;
  /** Which copy to use of rows that each thread computes for itself: 0 if there is only one. */
  readonly copy: number;
}

/** Rows to compute. Of what is one a sequence, logits come, and only those of sequences that end are wanted. */
export function rowCount({ buffer: { rows } }: Activation, { tokens, ending }: Run): number {
  switch (rows) {
    case "one":
      return 1;
    case "tokens":
      return tokens;
    case "sequences":
      return ending;
  }
}
