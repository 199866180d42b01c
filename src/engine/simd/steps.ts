import type { Kernels } from "./kernels.ts";

/** The kernels that steps call, each at its place: the number that `kernels/execute.ts` knows it by. */
const KERNELS = [
  ...["add", "sub", "mul", "exp", "tanh", "sigmoid", "silu", "reluSquared", "lerp", "scale"],
  ...["norm", "normalizeHeads", "bonus", "tokenShift", "last", "store"],
  ...["linearF32", "linearBf16", "quantize", "linearI8", "quantizeGroups", "linearI4"],
  ...["wkv4", "wkv6", "wkv7"],
] as const satisfies readonly (keyof Kernels)[];

/** A kernel that a step can call. */
export type StepKernel = (typeof KERNELS)[number];

/** The operands that are no whole numbers. */
const FLOATS: { readonly [Name in StepKernel]?: number } = { scale: 3, norm: 5 };

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
  ...args: Parameters<Kernels[Name]>
): Step {
  const operands: number[] = args;
  const float = FLOATS[name];
  const step = [KERNELS.indexOf(name), (HEADER + operands.length) * WORD, ...operands];
  return float === undefined ? step : step.with(HEADER + float, floatBits(operands[float]!));
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
