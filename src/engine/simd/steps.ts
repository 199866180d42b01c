import { floatWords, type OperandWords, STEP_KERNELS, type StepKernel } from "./kernel_table.ts";

/** The number of each kernel, and which words of its operands are float32. */
const BY_NAME = new Map(
  Object.entries(STEP_KERNELS).map(([name, row], number) => [
    name as StepKernel,
    { number, float: floatWords(row).indexOf(true) },
  ]),
);

/** A call of a kernel, as `execute` takes it: words of 32 bits. */
export type Step = readonly number[];

/** Words before the operands: the kernel, and bytes to the next step. */
const HEADER = 2;
const WORD = Int32Array.BYTES_PER_ELEMENT;

/**
 * A kernel to be called.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(stepOf("sub", 64, 128, 16, 192, 16, 1, 16), [1, 36, 64, 128, 16, 192, 16, 1, 16]);
 * ```
 */
export function stepOf<Name extends StepKernel>(
  name: Name,
  ...words: OperandWords<(typeof STEP_KERNELS)[Name]["operands"]>
): Step {
  const operands: readonly number[] = words;
  const { number, float } = BY_NAME.get(name)!;
  const step = [number, (HEADER + operands.length) * WORD, ...operands];
  return float === -1 ? step : step.with(HEADER + float, floatBits(operands[float]!));
}

/** Bytes that steps take. */
export function stepBytes(steps: readonly Step[]): number {
  return steps.reduce((bytes, step) => bytes + step.length * WORD, 0);
}

/**
 * Writes steps one after the other.
 *
 * @returns the address after them
 */
export function writeSteps(memory: WebAssembly.Memory, address: number, steps: readonly Step[]) {
  const words = new Int32Array(memory.buffer);
  let at = address / WORD;
  for (const step of steps) {
    words.set(step, at);
    at += step.length;
  }
  return at * WORD;
}

function floatBits(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0]!;
}
