/** Odd numbers with bits in no order. Source: xxHash, https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md, XXH32. */
const PRIME_1: i32 = 0x9E3779B1;
const PRIME_2: i32 = 0x85EBCA77;

/** A round of XXH32 in each lane. Both ways it loses nothing: other numbers give another result. */
// @ts-ignore: decorator
@inline
function round(lanes: v128, x: v128): v128 {
  lanes = i32x4.add(lanes, i32x4.mul(x, i32x4.splat(PRIME_2)));
  lanes = v128.or(i32x4.shl(lanes, 13), i32x4.shr_u(lanes, 19));
  return i32x4.mul(lanes, i32x4.splat(PRIME_1));
}

/**
 * Mixes numbers of 32 bits into sixteen of them, each sixteenth into the same: several bytes an instruction.
 *
 * @param lanes 64 bytes, which change, and 64 bytes to work in
 * @param bytes what is missing to a multiple of 64 counts as zeros
 */
export function mix(lanes: usize, x: usize, bytes: usize): void {
  let a = v128.load(lanes), b = v128.load(lanes, 16), c = v128.load(lanes, 32), d = v128.load(lanes, 48);
  for (const end = x + (bytes & ~63); x < end; x += 64) {
    a = round(a, v128.load(x));
    b = round(b, v128.load(x, 16));
    c = round(c, v128.load(x, 32));
    d = round(d, v128.load(x, 48));
  }
  if (bytes & 63) {
    const rest = lanes + 64;
    memory.fill(rest, 0, 64);
    memory.copy(rest, x, bytes & 63);
    a = round(a, v128.load(rest));
    b = round(b, v128.load(rest, 16));
    c = round(c, v128.load(rest, 32));
    d = round(d, v128.load(rest, 48));
  }
  v128.store(lanes, a);
  v128.store(lanes, b, 16);
  v128.store(lanes, c, 32);
  v128.store(lanes, d, 48);
}
