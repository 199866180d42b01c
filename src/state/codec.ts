import { z } from "zod";
import {
  NotAStateError,
  StateChecksumError,
  StateLayoutError,
  StateMismatchError,
  StatePrecisionError,
  StateVersionError,
  TruncatedStateError,
  UnknownPrecisionError,
} from "./errors.ts";
import type { StateLayout } from "./layout.ts";
import { STATE_PRECISIONS, type StatePrecision } from "./precision.ts";
import { RecurrentState } from "./recurrent_state.ts";

export * from "./errors.ts";

/** The version of the format that {@linkcode encodeState} writes, and the latest that {@linkcode decodeState} reads. */
export const STATE_FORMAT_VERSION = 1;

/** As in PNG: a byte above 127, a line end and an end-of-file, which every mangling by text tools would change. */
const MAGIC = Uint8Array.of(0x89, 0x54, 0x45, 0x52, 0x4e, 0x0d, 0x0a, 0x1a);

/** The magic, then two unsigned 32-bit integers, little-endian: the version and the bytes of the header. */
const PREAMBLE_BYTES = MAGIC.length + 8;

/** SHA-256 over everything before it. */
const CHECKSUM_BYTES = 32;

/** What rounds to infinity in binary16: half a step above its largest number, 65504. */
const F16_OVERFLOW = 65_520;

const BYTES_PER_NUMBER = { f32: 4, f16: 2 } as const;

/** The header, as JSON in UTF-8. The precision is free text here so that an unknown one can be named. */
const headerSchema = z.object({
  layout: z.string(),
  model: z.string(),
  precision: z.string(),
  /** Bytes between the header and the checksum. */
  payload: z.int().nonnegative(),
});

/** Neighbouring numbers of a state that are written in one precision. */
interface Span {
  readonly offset: number;
  readonly length: number;
  readonly precision: StatePrecision;
}

/**
 * The state as bytes: magic, version, header, numbers in the order of the layout, SHA-256.
 *
 * In f16, RWKV-4's `pp` rows stay in f32: they are exponents, and the -1e30 of an empty past does not fit in f16.
 *
 * @param options the fingerprint of the model that the state belongs to, and how to write its numbers
 * @throws {StatePrecisionError} if a finite number of the state is infinite in f16.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { stateLayout } from "./layout.ts";
 * import { RecurrentState } from "./recurrent_state.ts";
 * const layout = stateLayout({ version: "4", n_layer: 2, n_embd: 8, head_size: 0 });
 * const bytes = await encodeState(RecurrentState.empty(layout), { modelFingerprint: "m", precision: "f16" });
 * const state = await decodeState(bytes, { layout, modelFingerprint: "m" });
 * assert.deepEqual(state, RecurrentState.empty(layout));
 * ```
 */
export async function encodeState(
  state: RecurrentState,
  options: { readonly modelFingerprint: string; readonly precision: StatePrecision },
): Promise<Uint8Array<ArrayBuffer>> {
  const { layout, data } = state;
  const { modelFingerprint, precision } = options;
  const payload = payloadBytes(layout, precision);
  const header = new TextEncoder().encode(
    JSON.stringify(
      { layout: layout.id, model: modelFingerprint, precision, payload } satisfies z.infer<
        typeof headerSchema
      >,
    ),
  );
  const checked = PREAMBLE_BYTES + header.length + payload;
  const bytes = new Uint8Array(checked + CHECKSUM_BYTES);
  bytes.set(MAGIC);
  const view = new DataView(bytes.buffer);
  view.setUint32(MAGIC.length, STATE_FORMAT_VERSION, true);
  view.setUint32(MAGIC.length + 4, header.length, true);
  bytes.set(header, PREAMBLE_BYTES);
  let at = PREAMBLE_BYTES + header.length;
  for (const run of runs(layout, precision)) {
    const numbers = data.subarray(run.offset, run.offset + run.length);
    const written = run.precision === "f16" ? toFloat16(numbers, run.offset) : numbers;
    // Typed arrays have the byte order of the machine. Everything that runs Tern is little-endian.
    bytes.set(new Uint8Array(written.buffer, written.byteOffset, written.byteLength), at);
    at += written.byteLength;
  }
  bytes.set(await sha256(bytes.subarray(0, checked)), checked);
  return bytes;
}

/**
 * Reads back what {@linkcode encodeState} wrote. In f32 it is the same numbers, bit by bit.
 *
 * Nothing is allocated by a length that the bytes claim: the size of the state is that of the layout expected.
 *
 * @throws {NotAStateError} if the bytes do not begin as a state does.
 * @throws {TruncatedStateError} if bytes are missing at the end.
 * @throws {StateVersionError} if a later version of the program wrote them.
 * @throws {StateChecksumError} if they are not the bytes that were written.
 * @throws {StateMismatchError} if the state belongs to another model.
 * @throws {StateLayoutError} if it has another layout.
 * @throws {UnknownPrecisionError} if its numbers are in a precision that is not known here.
 */
export async function decodeState(
  bytes: Uint8Array<ArrayBuffer>,
  expected: { readonly layout: StateLayout; readonly modelFingerprint: string },
): Promise<RecurrentState> {
  const { layout, modelFingerprint } = expected;
  const headerEnd = PREAMBLE_BYTES + headerLength(bytes);
  const header = parseHeader(bytes.subarray(PREAMBLE_BYTES, headerEnd));
  if (header !== undefined) {
    // Before the checksum: who has half a file should not be told that it is damaged.
    requireLength(bytes, headerEnd + header.payload + CHECKSUM_BYTES);
  }
  const checked = bytes.length - CHECKSUM_BYTES;
  const checksum = await sha256(bytes.subarray(0, checked));
  if (checksum.some((byte, index) => byte !== bytes[checked + index])) {
    throw new StateChecksumError();
  }
  if (header === undefined) throw new NotAStateError("its header cannot be read");
  if (header.model !== modelFingerprint) {
    throw new StateMismatchError(modelFingerprint, header.model);
  }
  if (header.layout !== layout.id) throw new StateLayoutError(layout.id, header.layout);
  const precision = STATE_PRECISIONS.find((name) => name === header.precision);
  if (precision === undefined) throw new UnknownPrecisionError(header.precision, STATE_PRECISIONS);
  const payload = payloadBytes(layout, precision);
  if (checked - headerEnd !== payload) {
    throw new NotAStateError(
      `${layout.id} in ${precision} has ${payload} bytes of numbers, not ${checked - headerEnd}`,
    );
  }
  const data = new Float32Array(layout.length);
  let at = headerEnd;
  for (const run of runs(layout, precision)) {
    const end = at + run.length * BYTES_PER_NUMBER[run.precision];
    // A copy, because a typed array must begin at a multiple of its element size.
    const { buffer } = bytes.slice(at, end);
    data.set(
      run.precision === "f16" ? new Float16Array(buffer) : new Float32Array(buffer),
      run.offset,
    );
    at = end;
  }
  return new RecurrentState(layout, data);
}

/**
 * The precision to store a state in: f16 if that is wanted and every finite number of the state is finite in it.
 *
 * It depends on the state alone, so whoever computes the same state again chooses the same.
 */
export function fittingPrecision(state: RecurrentState, wanted: StatePrecision): StatePrecision {
  if (wanted === "f32") return "f32";
  for (const { offset, length, precision } of runs(state.layout, wanted)) {
    if (precision === "f16" && overflow(state.data.subarray(offset, offset + length)) >= 0) {
      return "f32";
    }
  }
  return wanted;
}

/**
 * The state with its numbers rounded as {@linkcode encodeState} rounds them in the {@linkcode fittingPrecision}: the same
 * bits as encoding and decoding it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { stateLayout } from "./layout.ts";
 * import { RecurrentState } from "./recurrent_state.ts";
 * const layout = stateLayout({ version: "7", n_layer: 1, n_embd: 2, head_size: 2 });
 * const state = new RecurrentState(layout, new Float32Array(layout.length).fill(0.1));
 * assert.equal(roundState(state, "f32"), state);
 * assert.equal(roundState(state, "f16").data[0], 0.0999755859375);
 * ```
 */
export function roundState(state: RecurrentState, wanted: StatePrecision): RecurrentState {
  const { layout, data } = state;
  const fitting = fittingPrecision(state, wanted);
  if (fitting === "f32") return state;
  const rounded = data.slice();
  for (const { offset, length, precision } of runs(layout, fitting)) {
    if (precision !== "f16") continue;
    rounded.set(new Float16Array(data.subarray(offset, offset + length)), offset);
  }
  return new RecurrentState(layout, rounded);
}

/** Checks the preamble. The bytes of the header, which are known to be there. */
function headerLength(bytes: Uint8Array<ArrayBuffer>): number {
  if (MAGIC.some((byte, index) => index < bytes.length && byte !== bytes[index])) {
    throw new NotAStateError("the first bytes are not those of one");
  }
  requireLength(bytes, PREAMBLE_BYTES + CHECKSUM_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, PREAMBLE_BYTES);
  const version = view.getUint32(MAGIC.length, true);
  if (version > STATE_FORMAT_VERSION) throw new StateVersionError(version, STATE_FORMAT_VERSION);
  if (version === 0) throw new NotAStateError("there is no version 0 of the format");
  const length = view.getUint32(MAGIC.length + 4, true);
  requireLength(bytes, PREAMBLE_BYTES + length + CHECKSUM_BYTES);
  return length;
}

function requireLength(bytes: Uint8Array, expected: number): void {
  if (bytes.length < expected) throw new TruncatedStateError(expected, bytes.length);
}

function parseHeader(bytes: Uint8Array): z.infer<typeof headerSchema> | undefined {
  try {
    return headerSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch {
    return undefined;
  }
}

function* runs(layout: StateLayout, precision: StatePrecision): Generator<Span> {
  const { version, n_layer: L, n_embd: D, wkv, length } = layout;
  if (version !== "4" || precision === "f32") {
    yield { offset: 0, length, precision };
    return;
  }
  yield { offset: 0, length: wkv.offset, precision };
  for (let layer = 0; layer < L; layer++) {
    const aa = wkv.offset + layer * 3 * D;
    yield { offset: aa, length: 2 * D, precision };
    yield { offset: aa + 2 * D, length: D, precision: "f32" };
  }
}

function payloadBytes(layout: StateLayout, precision: StatePrecision): number {
  let bytes = 0;
  for (const run of runs(layout, precision)) bytes += run.length * BYTES_PER_NUMBER[run.precision];
  return bytes;
}

function toFloat16(
  numbers: Float32Array<ArrayBuffer>,
  offset: number,
): Float16Array<ArrayBuffer> {
  const index = overflow(numbers);
  if (index >= 0) throw new StatePrecisionError(offset + index, numbers[index]!);
  return new Float16Array(numbers);
}

/** The index of the first finite number that is infinite in f16, or -1. */
function overflow(numbers: Float32Array): number {
  return numbers.findIndex((x) => Math.abs(x) >= F16_OVERFLOW && Number.isFinite(x));
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
