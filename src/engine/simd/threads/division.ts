import type { Call } from "../call.ts";
import type { Activation, Buffer } from "../value.ts";

/** The phases in which a call runs. Threads meet between phases, and at no other time. */
export interface Phases {
  /** In a run of one token. */
  readonly single: number;
  /** In all others. */
  readonly many: number;
}

/**
 * A call's phase in both orders.
 *
 * A run of one token is short, so threads should meet rarely: each computes its own channels. Cheap calls that need whole rows
 * are computed by every thread, into its own copy of the row. In longer runs rows are divided where possible, so that nothing
 * is computed twice.
 */
export interface Division extends Phases {
  /** Whether each thread computes its own channels in a run of one token; otherwise each computes all. */
  readonly isCut: boolean;
}

/** Assigns phases to calls, which come in the order in which one thread runs them. Each comes as early as it can. */
export function divide(calls: readonly Call[]): Map<Call, Division> {
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
export function isByColumns({ how }: Call): boolean {
  return how === "outputs" || how === "heads";
}

/** Whether a thread needs only its own channels of an operand. */
function takesChannels({ how }: Call): boolean {
  return how === "heads" || how === "channels";
}

/** Whether a thread needs more of an operand than it computed itself, in a run of many rows. */
function waitsInMany(
  call: Call,
  { buffer }: Activation,
  producer: Call,
  isWhole: boolean,
): boolean {
  if (isByColumns(producer)) return !(call.how === "heads" && isWhole);
  return isByColumns(call) || call.crossesRows || buffer.rows !== "tokens";
}
