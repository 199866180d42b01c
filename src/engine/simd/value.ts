/** How many rows a buffer has in a run: one (per-channel operands), one per token, or one per sequence. */
export type RowsOf = "one" | "tokens" | "sequences";

/** Rows in memory, one after the other. */
export interface Buffer {
  readonly rows: RowsOf;
  /** Bytes of a row, a multiple of 16. */
  readonly rowBytes: number;
  /** Known once all calls are recorded. */
  address: number;
  /** In a run of one token: bytes from one copy to the next, if each thread computes the row for itself. Otherwise 0. */
  copyBytes: number;
}

/** Numbers that kernels compute with: the same channels of each row of a buffer. */
export interface Activation {
  readonly kind: "activation";
  readonly buffer: Buffer;
  /** Byte offset in a row. */
  readonly offset: number;
  /** Numbers. */
  readonly width: number;
}

/** A matrix of the checkpoint. How it is packed depends on the operation that first uses it. */
export interface Matrix {
  readonly kind: "matrix";
  readonly name: string;
  /** Its place in a stack of them; otherwise 0. */
  readonly index: number;
  /** As stored. */
  readonly shape: readonly [number, number];
}

/** A part of every sequence's state. */
export interface StatePart {
  readonly kind: "state";
  /** Byte offset in a state. */
  readonly offset: number;
}

/** What RWKV's operations are lowered over. */
export type Value = Activation | Matrix | StatePart;

/** Bytes of a sequence in the table: its first row, tokens, and the address of its state. */
export const ENTRY_BYTES = 12;

/** The sizes of one run. */
export interface RunSizes {
  readonly tokens: number;
  readonly sequences: number;
  /** The first so many sequences end, and want logits. */
  readonly ending: number;
  /** The address of the table of sequences. */
  readonly table: number;
}

/** The rows and channels of a call's result that one thread computes in a run. */
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

/** Operands of the wrong kind: a definition that the kernels cannot run, so a mistake of ours. */
export class LoweringError extends Error {
  override readonly name = "LoweringError";
}

/** @throws {LoweringError} */
export function expectKind<K extends Value["kind"]>(
  value: Value,
  kind: K,
): Extract<Value, { kind: K }> {
  if (value.kind !== kind) throw new LoweringError(`A kernel needs ${kind}, not ${value.kind}`);
  return value as Extract<Value, { kind: K }>;
}

/** A new activation that is a buffer's whole rows. */
export function newActivation(rows: RowsOf, width: number): Activation {
  const rowBytes = 16 * Math.ceil(width / 4);
  return {
    kind: "activation",
    buffer: { rows, rowBytes, address: NaN, copyBytes: 0 },
    offset: 0,
    width,
  };
}

/**
 * Where a part of a call begins in an activation, and bytes from each row to the next: 0 repeats the only one. The part's
 * channels are those of the call's result, so that the activation must have the same.
 */
export function partAt(
  { buffer, offset }: Activation,
  { row, from, copy }: Part,
): [address: number, step: number] {
  const step = buffer.rows === "one" ? 0 : buffer.rowBytes;
  return [buffer.address + offset + row * step + from + copy * buffer.copyBytes, step];
}

/** Where a part of a call begins in an activation whose rows need no step. */
export function addressAt(activation: Activation, part: Part): number {
  return partAt(activation, part)[0];
}

/** Where the whole activation begins for the thread that computes a part. */
export function wholeAt(
  { buffer, offset }: Activation,
  { copy }: Part,
): [address: number, step: number] {
  const step = buffer.rows === "one" ? 0 : buffer.rowBytes;
  return [buffer.address + offset + copy * buffer.copyBytes, step];
}
