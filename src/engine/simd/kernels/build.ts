/**
 * Whether this is the build for hosts with the relaxed dot product. Branches on it are decided when the kernels are compiled:
 * the other branch is left out.
 *
 * Both builds give the same bits. Integer sums are exact in any order, so each build may use the instructions, and so the
 * layout of quantised activations, that suit it.
 */
export const RELAXED: bool = ASC_FEATURE_RELAXED_SIMD;

/** The logarithm to base 2 of the bytes of a quantised activation: 16 bits in the plain build, 8 in the relaxed one. */
export const LOG_BYTES: usize = RELAXED ? 0 : 1;
