import { type NamedOperands, parseOperand, STEP_KERNELS, type StepKernel } from "./kernel_table.ts";

/** The number of each kernel in a step, and its operands. */
const BY_NAME = new Map(
  Object.entries(STEP_KERNELS).map(([name, { operands }], number) => [
    name as StepKernel,
    { number, operands: operands.map(parseOperand) },
  ]),
);

/** A call of a kernel, as `execute` takes it: words of 32 bits. */
export type Step = readonly number[];

/** Words before the operands: the kernel, and bytes to the next step. */
const HEADER = 2;
const WORD = Int32Array.BYTES_PER_ELEMENT;

/**
 * A call of a kernel.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const step = stepOf("sub", { y: 64, a: [128, 16], b: [192, 16], count: 1, bytes: 16 });
 * assert.deepEqual(step, [1, 36, 64, 128, 16, 192, 16, 1, 16]);
 * ```
 */
export function stepOf<Kernel extends StepKernel>(
  kernel: Kernel,
  given: NamedOperands<Kernel>,
): Step {
  const { number, operands } = BY_NAME.get(kernel)!;
  const values: Readonly<Record<string, number | readonly number[]>> = given;
  const words = operands.flatMap(([name, suffix]) => {
    const value = values[name]!;
    return suffix === "f32" ? floatBits(value as number) : value;
  });
  return [number, (HEADER + words.length) * WORD, ...words];
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
