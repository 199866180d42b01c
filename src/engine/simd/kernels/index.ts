/**
 * Kernels of the SIMD engine, in AssemblyScript. `deno task kernels` compiles them: this file to ../kernels.wasm, and
 * relaxed.ts, which has other instructions for the same numbers, to ../kernels_relaxed.wasm.
 *
 * They work on one memory, which the module exports and whose layout the engine decides; they hold no data of their own.
 * All numbers are float32 unless a comment says otherwise. Pointers and row sizes ("step") are in bytes. Sizes are multiples
 * of four numbers, since a vector holds four. No sum depends on how many tokens or sequences are computed together, and
 * nothing is used whose result the WebAssembly specification leaves open: the same inputs give the same bits everywhere.
 */
export * from "./common";
export { linearI4, quantizeGroups } from "./linear_i4";
export { linearI8, quantize } from "./linear_i8";
