/** The kernels that are compiled in one way only. */
export { execute } from "./execute";
export { add, lerp, mul, scale, sub } from "./elementwise";
export { exp, reluSquared, sigmoid, silu, tanh } from "./functions";
export { lowDigits, lowestDigits } from "./layout_i4";
export { linearBf16 } from "./linear_bf16";
export { linearF32 } from "./linear_f32";
export { mix } from "./mix";
export { bonus, norm, normalizeHeads } from "./norm";
export { packBf16, packF32, packI8, transpose, unpackI8, widen } from "./pack";
export { packI4 } from "./pack_i4";
export { last, store, tokenShift } from "./sequences";
export { wkv4 } from "./wkv4";
export { wkv6, wkv7 } from "./wkv";
