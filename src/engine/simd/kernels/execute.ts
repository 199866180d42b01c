// Written by `deno task kernels` from ../kernel_table.ts.
import { add, lerp, mul, scale, sub } from "./elementwise";
import { exp, reluSquared, sigmoid, silu, tanh } from "./functions";
import { linearBf16 } from "./linear_bf16";
import { linearF32 } from "./linear_f32";
import { linearI4, linearI8, linearSparse, quantize, quantizeGroups, quantizePositive, quantizeSparse } from "./linear_quantized";
import { bonus, norm, normalizeHeads } from "./norm";
import { last, store, tokenShift } from "./sequences";
import { wkv4 } from "./wkv4";
import { wkv6, wkv7 } from "./wkv";

/** A word of a step that is an address or a whole number. */
// @ts-ignore: decorator
@inline
function n(step: usize, index: usize): usize {
  return load<usize>(step + (index << 2));
}

/** A word of a step that is a float32. */
// @ts-ignore: decorator
@inline
function f(step: usize, index: usize): f32 {
  return load<f32>(step + (index << 2));
}

/**
 * Executes steps one after the other: a run calls some hundred kernels, and many take less time than a call from
 * JavaScript does.
 *
 * A step is the kernel's number, the bytes to the next step, and the operands: words of 32 bits.
 */
export function execute(step: usize, end: usize): void {
  while (step < end) {
    const next = step + n(step, 1);
    const s = step + 8;
    switch (<i32> n(step, 0)) {
      case 0: add(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6)); break;
      case 1: sub(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6)); break;
      case 2: mul(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6)); break;
      case 3: exp(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4)); break;
      case 4: tanh(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4)); break;
      case 5: sigmoid(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4)); break;
      case 6: silu(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4)); break;
      case 7: reluSquared(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4)); break;
      case 8: lerp(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6), n(s, 7), n(s, 8)); break;
      case 9: scale(n(s, 0), n(s, 1), n(s, 2), f(s, 3), n(s, 4), n(s, 5)); break;
      case 10: norm(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), f(s, 5), n(s, 6), n(s, 7), n(s, 8)); break;
      case 11: normalizeHeads(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5)); break;
      case 12: bonus(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6), n(s, 7), n(s, 8), n(s, 9), n(s, 10)); break;
      case 13: tokenShift(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6), n(s, 7), n(s, 8)); break;
      case 14: last(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5)); break;
      case 15: store(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4)); break;
      case 16: linearF32(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6), n(s, 7)); break;
      case 17: linearBf16(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6), n(s, 7)); break;
      case 18: quantize(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5)); break;
      case 19: linearI8(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6), n(s, 7), n(s, 8), n(s, 9), n(s, 10)); break;
      case 20: quantizeGroups(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5)); break;
      case 21: linearI4(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6), n(s, 7)); break;
      case 22:
        wkv4(
          n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6), n(s, 7), n(s, 8), n(s, 9), n(s, 10),
          n(s, 11), n(s, 12),
        );
        break;
      case 23:
        wkv6(
          n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6), n(s, 7), n(s, 8), n(s, 9), n(s, 10),
          n(s, 11), n(s, 12), n(s, 13), n(s, 14), n(s, 15), n(s, 16),
        );
        break;
      case 24:
        wkv7(
          n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6), n(s, 7), n(s, 8), n(s, 9), n(s, 10),
          n(s, 11), n(s, 12), n(s, 13), n(s, 14), n(s, 15), n(s, 16), n(s, 17), n(s, 18), n(s, 19),
        );
        break;
      case 25: quantizePositive(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5)); break;
      case 26: quantizeSparse(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6), n(s, 7)); break;
      case 27: linearSparse(n(s, 0), n(s, 1), n(s, 2), n(s, 3), n(s, 4), n(s, 5), n(s, 6), n(s, 7), n(s, 8), n(s, 9), n(s, 10)); break;
    }
    step = next;
  }
}
