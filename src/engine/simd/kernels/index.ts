/**
 * Kernels of the SIMD engine, in AssemblyScript. `deno task kernels` compiles them to ../kernels.wasm.
 *
 * They work on one memory, which the module exports and whose layout the engine decides; they hold no data of their own.
 * All numbers are float32 unless a comment says otherwise. Pointers and row sizes ("step") are in bytes. Sizes are multiples
 * of four numbers, since a vector holds four. No sum depends on how many tokens or sequences are computed together, and
 * nothing is used whose result the WebAssembly specification leaves open (relaxed SIMD, above all): the same inputs give
 * the same bits everywhere.
 */
export { add, lerp, mul, scale, sub } from "./elementwise";
export { exp, reluSquared, sigmoid, silu, tanh } from "./functions";
export { linearF32 } from "./linear_f32";
export { linearI8, quantize } from "./linear_i8";
export { bonus, norm, normalizeHeads } from "./norm";
export { last, store, tokenShift } from "./sequences";
export { wkv4 } from "./wkv4";
export { wkv6, wkv7 } from "./wkv";
