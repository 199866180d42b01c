import type { FloatDType } from "../../checkpoint/to_float32.ts";

/** The numbers by which the kernel `widen` knows the types of a checkpoint. */
export const NUMBER_TYPE = { F32: 0, F16: 1, BF16: 2, F64: 3 } as const satisfies Record<
  FloatDType,
  number
>;
