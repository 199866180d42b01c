// Written by `deno task kernels` from ../kernel_table.ts.
/**
 * Kernels of the SIMD engine, in AssemblyScript. They are compiled twice: to ../kernels.wasm, and for hosts that have the
 * relaxed dot product, which gives the same numbers, to ../kernels_relaxed.wasm.
 *
 * They work on one memory, which the module exports and whose layout the engine decides; they hold no data of their own.
 * All numbers are float32 unless a comment says otherwise. Pointers and row sizes ("step") are in bytes. Sizes are
 * multiples of four numbers, since a vector holds four. No sum depends on how many tokens or sequences are computed
 * together, and nothing is used whose result the WebAssembly specification leaves open: the same inputs give the same bits
 * everywhere.
 */
export { execute } from "./execute";
export { add, lerp, mul, scale, sub } from "./elementwise";
export { exp, reluSquared, sigmoid, silu, tanh } from "./functions";
export { lowDigits, lowestDigits } from "./layout_i4";
export { linearBf16 } from "./linear_bf16";
export { linearF32 } from "./linear_f32";
export { linearI4, linearI8, linearSparse, quantize, quantizeGroups, quantizePositive, quantizeSparse } from "./linear_quantized";
export { mix } from "./mix";
export { bonus, norm, normalizeHeads } from "./norm";
export { packBf16, packF32, packI8, packSparse, transpose, unpackI8, widen } from "./pack";
export { packI4 } from "./pack_i4";
export { last, store, tokenShift } from "./sequences";
export { wkv4 } from "./wkv4";
export { wkv6, wkv7 } from "./wkv";
