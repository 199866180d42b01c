import { RELAXED } from "./build";
import { factorOf, largest, roundEight, scaled } from "./integers";

/*
 * Products in 8 bits with activations of which most are 0, as squared ReLU leaves them. W lies by column: the weights of an
 * input channel follow each other, so that those of a channel that is 0 are not read.
 *
 * No activation may be negative, so that digits are whole numbers from 0 to 127 units. Sums of integers are exact: channels can
 * be left out, and taken in fours, without a trace in the result.
 *
 * After the digits of a row that are not 0 come the unit, the channel of each digit, and for each range of channels how many
 * digits there are up to its end. Ranges have whole fours of digits, filled with zeros.
 */

/** Bytes of W that stay in the caches while all outputs go by, and while all tokens do. */
const CHUNK: usize = 65536;
const RANGE: usize = 131072;

/** So few tokens take the channels that they need each in turn; more share the channels of a range. */
const FEW = 3;

/** Bytes of the unit of a row, with padding. */
const HEADER: usize = 16;

/** Bytes before the channels of a row. */
// @ts-ignore: decorator
@inline
function toChannels(columns: usize): usize {
  return columns + HEADER;
}

/** Bytes before the ends of ranges. */
// @ts-ignore: decorator
@inline
function toEnds(columns: usize): usize {
  return columns * 5 + HEADER;
}

/** Channels of a range: a power of two, and at least 16. */
// @ts-ignore: decorator
@inline
function rangeOf(outputs: usize): usize {
  return max<usize>(16, 1 << (31 - clz(RANGE / outputs)));
}

/**
 * Rounds each row to digits of 7 bits and lists those that are not 0.
 *
 * @param x rows without negative numbers
 * @param bytes bytes of a row of x, a multiple of 64
 * @param outputs of the product
 * @param tally Two words: digits of rows so far, and columns of rows. They wrap around.
 */
export function quantizeSparse(
  y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize, outputs: usize, tally: usize,
): void {
  const columns = bytes >> 2, range = rangeOf(outputs);
  const scratch = toEnds(columns) + (columns >> 2);
  for (let row = 0; row < rows; row++) {
    const max = largest(x, x + bytes);
    const factor = f32x4.splat(factorOf(max, 127));
    const channels = y + toChannels(columns);
    let end = y + toEnds(columns);
    let count: usize = 0;
    for (let column: usize = 0; column < columns;) {
      const next = min(column + range, columns);
      for (; max < Infinity && column < next; column += 16) {
        const at = x + (column << 2);
        const digits = i8x16.narrow_i16x8_s(roundEight(at, factor), roundEight(at + 32, factor));
        let mask = i8x16.bitmask(i8x16.ne(digits, i8x16.splat(0)));
        if (mask == 0) continue;
        v128.store(y + scratch, digits);
        do {
          const lane = <usize> ctz(mask);
          mask &= mask - 1;
          store<u8>(y + count, load<u8>(y + scratch + lane));
          store<u32>(channels + (count << 2), column + lane);
          count++;
        } while (mask);
      }
      column = next;
      for (; count & 3; count++) {
        store<u8>(y + count, 0);
        store<u32>(channels + (count << 2), load<u32>(channels + (count << 2) - 4));
      }
      store<u32>(end, <u32> count);
      end += 4;
    }
    store<f32>(y + columns, max < Infinity ? max / 127 : NaN);
    store<u32>(tally, load<u32>(tally) + <u32> count);
    store<u32>(tally, load<u32>(tally, 4) + <u32> columns, 4);
    y += yStep;
    x += xStep;
  }
}

/**
 * y = W x for each token.
 *
 * @param scales the unit of each row of W
 * @param outputs rows of W, a multiple of 16
 * @param x rows as `quantizeSparse` makes them
 * @param columns columns of W, a multiple of 16
 * @param first outputs from here up to `end` are computed: multiples of 16
 */
export function linearSparse(
  y: usize, yStep: usize, W: usize, scales: usize, outputs: usize, x: usize, xStep: usize, columns: usize, tokens: i32,
  first: usize, end: usize,
): void {
  const range = rangeOf(outputs);
  const ranges = (columns + range - 1) / range;
  for (let token = 0, to = y; token < tokens; token++, to += yStep) clear(to + (first << 2), to + (end << 2));
  if (tokens <= FEW) {
    const chunk = max<usize>(16, CHUNK / outputs & ~3);
    for (let token = 0, at = x, to = y; token < tokens; token++, at += xStep, to += yStep) {
      const count = <usize> load<u32>(at + toEnds(columns) + (ranges - 1 << 2));
      for (let digit: usize = 0; digit < count; digit += chunk) {
        add(to, W, outputs, at, columns, digit, min(digit + chunk, count), first, end);
      }
    }
  } else {
    for (let i: usize = 0; i < ranges; i++) {
      for (let token = 0, at = x, to = y; token < tokens; token++, at += xStep, to += yStep) {
        const ends = at + toEnds(columns) + (i << 2);
        add(to, W, outputs, at, columns, i ? load<u32>(ends - 4) : 0, load<u32>(ends), first, end);
      }
    }
  }
  for (let token = 0, at = x + columns, to = y; token < tokens; token++, at += xStep, to += yStep) {
    const unit = v128.load32_splat(at);
    for (let i = first << 2; i < end << 2; i += 16) {
      v128.store(to + i, scaled(v128.load(to + i), v128.load(scales + i), unit));
    }
  }
}

function clear(y: usize, end: usize): void {
  for (; y < end; y += 16) v128.store(y, i32x4.splat(0));
}

/** Adds the products of a token's digits from one up to another to its sums. */
function add(
  y: usize, W: usize, outputs: usize, x: usize, columns: usize, from: usize, to: usize, first: usize, end: usize,
): void {
  const channels = x + toChannels(columns) + (from << 2);
  touch(W + first, outputs, channels, to - from, end - first);
  for (let tile = first; tile < end;) {
    if (RELAXED && tile + 32 <= end) {
      thirtyTwo(y + (tile << 2), W + tile, outputs, x + from, x + to, channels);
      tile += 32;
    } else {
      sixteen(y + (tile << 2), W + tile, outputs, x + from, x + to, channels);
      tile += 16;
    }
  }
}

/** Gets what need not be kept, so that reads are not left out. */
let touched: u32 = 0;

/**
 * Reads a byte of each cache line of channels. What depends on nothing else comes from memory many lines at a time; products
 * would wait for each few.
 */
function touch(w: usize, stride: usize, channels: usize, count: usize, bytes: usize): void {
  let a: u32 = 0, b: u32 = 0;
  for (const end = channels + (count << 2); channels < end; channels += 4) {
    const from = w + load<u32>(channels) * stride;
    for (let line: usize = 0; line < bytes; line += 128) {
      a |= load<u8>(from + line), b |= load<u8>(from + line, 64);
    }
  }
  touched = a | b;
}

// @ts-ignore: decorator
@inline
function low8(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function high8(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// @ts-ignore: decorator
@inline
function low16(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline
function high16(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

// @ts-ignore: decorator
@inline
function dot(sum: v128, w: v128, x: v128): v128 {
  return RELAXED ? i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, sum) : i32x4.add(sum, i32x4.dot_i16x8_s(w, x));
}

/** Relaxed build: adds to 32 sums of one token. */
// @ts-ignore: decorator
@inline
function thirtyTwo(y: usize, w: usize, stride: usize, x: usize, end: usize, channel: usize): void {
  let a = v128.load(y), b = v128.load(y, 16), c = v128.load(y, 32), d = v128.load(y, 48);
  let e = v128.load(y, 64), f = v128.load(y, 80), g = v128.load(y, 96), h = v128.load(y, 112);
  for (; x < end; x += 4, channel += 16) {
    const p0 = w + load<u32>(channel) * stride, p1 = w + load<u32>(channel, 4) * stride;
    const p2 = w + load<u32>(channel, 8) * stride, p3 = w + load<u32>(channel, 12) * stride;
    const digits = v128.load32_splat(x);
    let w0 = v128.load(p0), w1 = v128.load(p1), w2 = v128.load(p2), w3 = v128.load(p3);
    let first = low8(w0, w1), second = low8(w2, w3);
    a = dot(a, low16(first, second), digits), b = dot(b, high16(first, second), digits);
    first = high8(w0, w1), second = high8(w2, w3);
    c = dot(c, low16(first, second), digits), d = dot(d, high16(first, second), digits);
    w0 = v128.load(p0, 16), w1 = v128.load(p1, 16), w2 = v128.load(p2, 16), w3 = v128.load(p3, 16);
    first = low8(w0, w1), second = low8(w2, w3);
    e = dot(e, low16(first, second), digits), f = dot(f, high16(first, second), digits);
    first = high8(w0, w1), second = high8(w2, w3);
    g = dot(g, low16(first, second), digits), h = dot(h, high16(first, second), digits);
  }
  v128.store(y, a);
  v128.store(y, b, 16);
  v128.store(y, c, 32);
  v128.store(y, d, 48);
  v128.store(y, e, 64);
  v128.store(y, f, 80);
  v128.store(y, g, 96);
  v128.store(y, h, 112);
}

/** Adds to sixteen sums of one token. */
// @ts-ignore: decorator
@inline
function sixteen(y: usize, w: usize, stride: usize, x: usize, end: usize, channel: usize): void {
  let a = v128.load(y), b = v128.load(y, 16), c = v128.load(y, 32), d = v128.load(y, 48);
  for (; x < end; x += 4, channel += 16) {
    const p0 = w + load<u32>(channel) * stride, p1 = w + load<u32>(channel, 4) * stride;
    const p2 = w + load<u32>(channel, 8) * stride, p3 = w + load<u32>(channel, 12) * stride;
    const digits = v128.load32_splat(x);
    if (RELAXED) {
      const w0 = v128.load(p0), w1 = v128.load(p1), w2 = v128.load(p2), w3 = v128.load(p3);
      let first = low8(w0, w1), second = low8(w2, w3);
      a = dot(a, low16(first, second), digits), b = dot(b, high16(first, second), digits);
      first = high8(w0, w1), second = high8(w2, w3);
      c = dot(c, low16(first, second), digits), d = dot(d, high16(first, second), digits);
    } else {
      const pairs = i16x8.extend_low_i8x16_u(digits);
      const first = v128.shuffle<i32>(pairs, pairs, 0, 0, 0, 0), second = v128.shuffle<i32>(pairs, pairs, 1, 1, 1, 1);
      let w0 = v128.load_ext<i8>(p0), w1 = v128.load_ext<i8>(p1);
      a = dot(a, low16(w0, w1), first), b = dot(b, high16(w0, w1), first);
      w0 = v128.load_ext<i8>(p2), w1 = v128.load_ext<i8>(p3);
      a = dot(a, low16(w0, w1), second), b = dot(b, high16(w0, w1), second);
      w0 = v128.load_ext<i8>(p0, 8), w1 = v128.load_ext<i8>(p1, 8);
      c = dot(c, low16(w0, w1), first), d = dot(d, high16(w0, w1), first);
      w0 = v128.load_ext<i8>(p2, 8), w1 = v128.load_ext<i8>(p3, 8);
      c = dot(c, low16(w0, w1), second), d = dot(d, high16(w0, w1), second);
    }
  }
  v128.store(y, a);
  v128.store(y, b, 16);
  v128.store(y, c, 32);
  v128.store(y, d, 48);
}
