import { LOG_BYTES, RELAXED } from "./build";
import { pair, scaled, storePairs, sum4 } from "./integers";
import { entriesRoom, ENTRY, HEADER } from "./linear_i8_activations";

/*
 * Products with weights in 8 bits. Activations are rounded to digits from 0 to 127, of which one, the zero point, stands for
 * 0: a product is w (digit - zero). Outliers have more bits: see linear_i8_activations.ts.
 *
 * The plain build multiplies numbers of 16 bits: activations are stored as digit - zero, and weights are widened when they
 * are loaded.
 *
 * The relaxed build multiplies 8 bits by 7, in which hosts must agree. Activations are stored as digits, and the zero point
 * is subtracted at the end, times the sum of a row of W, which is precomputed:
 *
 *     w (digit - zero) = w digit - w zero
 *
 * The upper digits of outliers are multiplied after all others, with the few blocks of weights that they need.
 *
 * Pairs of products fit 16 bits (2 * 127 * 127 < 2^15), so nothing is left for hosts to decide.
 */

/** Plain build: tokens whose activations stay in the caches while W streams by. */
const BLOCK = 16;

/** Relaxed build: bytes of W that stay in the caches while the tokens stream by. */
const PANEL: usize = 65536;

/** Bytes of 16 quantised activations. */
const SIXTEEN: usize = 16 << LOG_BYTES;

/** y = W x for each token in the plain build: W streams by for every few tokens. See `linearI8`. */
export function byBlocks(
  y: usize, yStep: usize, W: usize, scales: usize, _groups: i32, x: usize, xStep: usize, columns: usize, tokens: i32,
  first: i32, end: i32,
): void {
  const none = i32x4.splat(0); // this build needs no sums of rows
  for (let block = 0; block < tokens; block += BLOCK) {
    const last = min(block + BLOCK, tokens);
    for (let group = first; group < end; group++) {
      const w = W + <usize> group * (columns << 2);
      const scale = v128.load(scales + (<usize> group << 4));
      let at = x + <usize> block * xStep;
      let out = y + <usize> block * yStep + (<usize> group << 4);
      let token = block;
      for (; token + 3 < last; token += 4) {
        four(out, yStep, w, firstTwo(scale), none, at, xStep, columns, false);
        four(out + 8, yStep, w + 32, lastTwo(scale), none, at, xStep, columns, false);
        at += xStep << 2;
        out += yStep << 2;
      }
      for (; token + 1 < last; token += 2) {
        two(out, yStep, w, scale, none, at, xStep, columns);
        at += xStep << 1;
        out += yStep << 1;
      }
      if (token < last) one(out, w, scale, none, at, columns);
    }
  }
}

/** y = W x for each token in the relaxed build: the tokens stream by for every few rows of W. See `linearI8`. */
export function byPanels(
  y: usize, yStep: usize, W: usize, scales: usize, groups: i32, x: usize, xStep: usize, columns: usize, tokens: i32,
  first: i32, end: i32,
): void {
  const bytes = columns << 2;
  const sums = scales + (<usize> groups << 4);
  const panel = max<i32>(1, <i32> (PANEL / bytes));
  for (let start = first; start < end; start += panel) {
    const last = min(start + panel, end);
    let at = x, out = y;
    let token = 0;
    for (; token + 3 < tokens; token += 4) {
      const unit = at + columns;
      const any = hasOutliers(unit) || hasOutliers(unit + xStep) || hasOutliers(unit + (xStep << 1)) ||
        hasOutliers(unit + xStep * 3);
      for (let group = start; group < last; group++) {
        const w = W + <usize> group * bytes, row = <usize> group << 4;
        const scale = v128.load(scales + row), sum = v128.load(sums + row);
        if (any) {
          let to = out + row, from = unit;
          for (let i = 0; i < 4; i++, to += yStep, from += xStep) v128.store(to, outliers(from, w, columns));
        }
        four(out + row, yStep, w, firstTwo(scale), firstTwo(sum), at, xStep, columns, any);
        four(out + row + 8, yStep, w + 32, lastTwo(scale), lastTwo(sum), at, xStep, columns, any);
      }
      at += xStep << 2;
      out += yStep << 2;
    }
    if (token + 1 < tokens) {
      for (let group = start; group < last; group++) {
        const row = <usize> group << 4;
        two(out + row, yStep, W + <usize> group * bytes, v128.load(scales + row), v128.load(sums + row), at, xStep, columns);
      }
      token += 2;
      at += xStep << 1;
      out += yStep << 1;
    }
    if (token < tokens) {
      for (let group = start; group < last; group++) {
        const row = <usize> group << 4;
        one(out + row, W + <usize> group * bytes, v128.load(scales + row), v128.load(sums + row), at, columns);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function firstTwo(lanes: v128): v128 {
  return v128.shuffle<i32>(lanes, lanes, 0, 1, 0, 1);
}

// @ts-ignore: decorator
@inline
function lastTwo(lanes: v128): v128 {
  return v128.shuffle<i32>(lanes, lanes, 2, 3, 2, 3);
}

/*
 * The weights of each row of a group that a vector of activations is multiplied with: sixteen in the relaxed build, and the
 * first eight in the plain one. (Four functions, since offsets must be constants.)
 */

// @ts-ignore: decorator
@inline
function row0(w: usize): v128 {
  return RELAXED ? v128.load(w) : v128.load_ext<i8>(w);
}

// @ts-ignore: decorator
@inline
function row1(w: usize): v128 {
  return RELAXED ? v128.load(w, 16) : v128.load_ext<i8>(w, 16);
}

// @ts-ignore: decorator
@inline
function row2(w: usize): v128 {
  return RELAXED ? v128.load(w, 32) : v128.load_ext<i8>(w, 32);
}

// @ts-ignore: decorator
@inline
function row3(w: usize): v128 {
  return RELAXED ? v128.load(w, 48) : v128.load_ext<i8>(w, 48);
}

/** The products of a vector of weights and one of activations, added to sums: in pairs, or in fours. */
// @ts-ignore: decorator
@inline
function dot(sum: v128, w: v128, x: v128): v128 {
  return RELAXED ? i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, sum) : i32x4.add(sum, i32x4.dot_i16x8_s(w, x));
}

/** Relaxed build: whether a token has outliers. */
// @ts-ignore: decorator
@inline
function hasOutliers(unit: usize): bool {
  return load<u64>(unit, 8) != 0;
}

/**
 * Relaxed build: what the upper digits of a token's outliers add to four sums.
 *
 * @param w the group of four rows
 */
function outliers(unit: usize, w: usize, columns: usize): v128 {
  const positive = unit + HEADER, negative = positive + entriesRoom(columns);
  const above = entries(positive, positive + load<u32>(unit, 8), w);
  return i32x4.shl(i32x4.sub(above, entries(negative, negative + load<u32>(unit, 12), w)), 7);
}

/** The products of a list of entries with four rows. */
// @ts-ignore: decorator
@inline
function entries(entry: usize, end: usize, w: usize): v128 {
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  for (; entry < end; entry += ENTRY) {
    const digits = v128.load(entry), block = w + load<usize>(entry, 16);
    a = dot(a, v128.load(block), digits), b = dot(b, v128.load(block, 16), digits);
    c = dot(c, v128.load(block, 32), digits), d = dot(d, v128.load(block, 48), digits);
  }
  return sum4(a, b, c, d);
}

/**
 * Sums of products as numbers.
 *
 * @param unit the unit of the activations, and after it what else there is of them
 * @param sum the sum of each row of W, in the relaxed build
 * @param w the group of rows
 */
// @ts-ignore: decorator
@inline
function result(products: v128, unit: usize, sum: v128, scale: v128, w: usize, columns: usize): v128 {
  if (RELAXED) {
    products = i32x4.sub(products, i32x4.mul(v128.load32_splat(unit, 4), sum));
    if (hasOutliers(unit)) products = i32x4.add(products, outliers(unit, w, columns));
  }
  return scaled(products, scale, v128.load32_splat(unit));
}

/**
 * Like {@linkcode result}, of two outputs of each of two tokens.
 *
 * @param y where those of the first token go
 * @param more whether there are sums already that these are to be added to
 */
// @ts-ignore: decorator
@inline
function resultOfTwo(
  products: v128, x: usize, next: usize, sum: v128, scale: v128, y: usize, yStep: usize, more: bool,
): v128 {
  if (RELAXED) {
    products = i32x4.sub(products, i32x4.mul(pair(x + 4, next + 4), sum));
    if (more) products = i32x4.add(products, v128.load64_lane(y + yStep, v128.load64_zero(y), 1));
  }
  return scaled(products, scale, pair(x, next));
}

/** Four outputs of one token. */
// @ts-ignore: decorator
@inline
function one(y: usize, w: usize, scale: v128, sum: v128, x: usize, columns: usize): void {
  const group = w;
  let rest = columns;
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  if (RELAXED) {
    // Two accumulators for each row, to break the dependency chain.
    let e = a, f = a, g = a, h = a;
    for (const even = x + (columns & -32); x < even; x += 32, w += 128) {
      const digits = v128.load(x), next = v128.load(x, 16);
      a = dot(a, v128.load(w), digits), b = dot(b, v128.load(w, 16), digits);
      c = dot(c, v128.load(w, 32), digits), d = dot(d, v128.load(w, 48), digits);
      e = dot(e, v128.load(w, 64), next), f = dot(f, v128.load(w, 80), next);
      g = dot(g, v128.load(w, 96), next), h = dot(h, v128.load(w, 112), next);
    }
    a = i32x4.add(a, e), b = i32x4.add(b, f), c = i32x4.add(c, g), d = i32x4.add(d, h);
    rest &= 31;
  }
  for (const end = x + (rest << LOG_BYTES); x < end; x += SIXTEEN) {
    const low = v128.load(x), high = RELAXED ? low : v128.load(x, 16);
    a = dot(a, row0(w), low);
    if (!RELAXED) a = dot(a, v128.load_ext<i8>(w, 8), high);
    b = dot(b, row1(w), low);
    if (!RELAXED) b = dot(b, v128.load_ext<i8>(w, 24), high);
    c = dot(c, row2(w), low);
    if (!RELAXED) c = dot(c, v128.load_ext<i8>(w, 40), high);
    d = dot(d, row3(w), low);
    if (!RELAXED) d = dot(d, v128.load_ext<i8>(w, 56), high);
    w += 64;
  }
  v128.store(y, result(sum4(a, b, c, d), x, sum, scale, group, columns));
}

/** Four outputs of each of two tokens. */
// @ts-ignore: decorator
@inline
function two(y: usize, yStep: usize, w: usize, scale: v128, sum: v128, x: usize, xStep: usize, columns: usize): void {
  const group = w;
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  let e = i32x4.splat(0), f = i32x4.splat(0), g = i32x4.splat(0), h = i32x4.splat(0);
  let x1 = x + xStep;
  for (const end = x + (columns << LOG_BYTES); x < end; x += SIXTEEN, x1 += SIXTEEN) {
    const low = v128.load(x), high = RELAXED ? low : v128.load(x, 16);
    const low1 = v128.load(x1), high1 = RELAXED ? low1 : v128.load(x1, 16);
    let row = row0(w);
    a = dot(a, row, low), e = dot(e, row, low1);
    if (!RELAXED) row = v128.load_ext<i8>(w, 8), a = dot(a, row, high), e = dot(e, row, high1);
    row = row1(w);
    b = dot(b, row, low), f = dot(f, row, low1);
    if (!RELAXED) row = v128.load_ext<i8>(w, 24), b = dot(b, row, high), f = dot(f, row, high1);
    row = row2(w);
    c = dot(c, row, low), g = dot(g, row, low1);
    if (!RELAXED) row = v128.load_ext<i8>(w, 40), c = dot(c, row, high), g = dot(g, row, high1);
    row = row3(w);
    d = dot(d, row, low), h = dot(h, row, low1);
    if (!RELAXED) row = v128.load_ext<i8>(w, 56), d = dot(d, row, high), h = dot(h, row, high1);
    w += 64;
  }
  v128.store(y, result(sum4(a, b, c, d), x, sum, scale, group, columns));
  v128.store(y + yStep, result(sum4(e, f, g, h), x1, sum, scale, group, columns));
}

/**
 * Two outputs of each of four tokens, so that a loaded vector of weights serves four products. Four outputs of each would
 * need more accumulators than there are registers.
 *
 * @param w the first of two rows in a group
 * @param scale their units, twice
 * @param sum their sums, twice
 * @param more whether y holds sums that these are to be added to
 */
// @ts-ignore: decorator
@inline
function four(
  y: usize, yStep: usize, w: usize, scale: v128, sum: v128, x: usize, xStep: usize, columns: usize, more: bool,
): void {
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  let e = i32x4.splat(0), f = i32x4.splat(0), g = i32x4.splat(0), h = i32x4.splat(0);
  let x1 = x + xStep, x2 = x1 + xStep, x3 = x2 + xStep;
  for (const end = x + (columns << LOG_BYTES); x < end; x += SIXTEEN, x1 += SIXTEEN, x2 += SIXTEEN, x3 += SIXTEEN) {
    let row = row0(w), next = row1(w);
    let values = v128.load(x);
    a = dot(a, row, values), b = dot(b, next, values);
    values = v128.load(x1);
    c = dot(c, row, values), d = dot(d, next, values);
    values = v128.load(x2);
    e = dot(e, row, values), f = dot(f, next, values);
    values = v128.load(x3);
    g = dot(g, row, values), h = dot(h, next, values);
    if (!RELAXED) {
      row = v128.load_ext<i8>(w, 8), next = v128.load_ext<i8>(w, 24);
      values = v128.load(x, 16);
      a = dot(a, row, values), b = dot(b, next, values);
      values = v128.load(x1, 16);
      c = dot(c, row, values), d = dot(d, next, values);
      values = v128.load(x2, 16);
      e = dot(e, row, values), f = dot(f, next, values);
      values = v128.load(x3, 16);
      g = dot(g, row, values), h = dot(h, next, values);
    }
    w += 64;
  }
  const first = resultOfTwo(sum4(a, b, c, d), x, x1, sum, scale, y, yStep, more);
  const second = resultOfTwo(sum4(e, f, g, h), x2, x3, sum, scale, y + (yStep << 1), yStep, more);
  storePairs(y, yStep, first, second);
}
