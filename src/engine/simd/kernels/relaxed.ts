/**
 * The kernels for hosts that have the relaxed dot product. They give the same bits as those of index.ts.
 */
export * from "./common";
export { linearI4, quantizeGroups } from "./linear_i4_relaxed";
export { linearI8, quantize } from "./linear_i8_relaxed";
