/**
 * The eps of the group norm after WKV, in RWKV-5, 6 and 7. The official code normalises wkv / 8 with 1e-5, which is the
 * same. Source: `head_size_divisor` in RWKV-LM, RWKV-v5/src/model.py.
 */
export const GROUP_NORM_EPS = 64e-5;
