import { RELAXED } from "./build";
import { byFourTokens, byTwoTokens } from "./linear_i4";
import { quantizeGroupsTo16, quantizeGroupsTo8 } from "./linear_i4_activations";
import { byBlocks, byPanels } from "./linear_i8";
import { quantizeTo16, quantizeTo8 } from "./linear_i8_activations";

/*
 * The kernels of products with quantised weights. The builds differ in the width of quantised activations and in the order of
 * the loops; the arithmetic is in linear_i8.ts and linear_i4.ts, for both. Those of activations of which most are 0 are in
 * linear_sparse.ts.
 */
export { linearSparse, quantizeSparse } from "./linear_sparse";

/**
 * Quantises each row for `linearI8`.
 *
 * @param bytes bytes of a row of x, a multiple of 64
 */
export function quantize(y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  if (RELAXED) quantizeTo8(y, yStep, x, xStep, rows, bytes, true);
  else quantizeTo16(y, yStep, x, xStep, rows, bytes, true);
}

/**
 * Quantises each row for `linearI8` in the units of `quantizeSparse`: those of squares have no outliers to look for, since large
 * ones are many times the others in every row.
 *
 * @param x rows without negative numbers
 * @param bytes bytes of a row of x, a multiple of 64
 */
export function quantizePositive(y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  if (RELAXED) quantizeTo8(y, yStep, x, xStep, rows, bytes, false);
  else quantizeTo16(y, yStep, x, xStep, rows, bytes, false);
}

/**
 * y = W x for each token. W lies in groups of four rows; a group holds, for every 16 columns, those of each of its rows.
 *
 * @param scales the unit of each row of W, and then the sum of each
 * @param groups groups of four rows of W, of which those from `first` up to `end` are multiplied
 * @param x rows as `quantize` makes them
 * @param columns columns of W, a multiple of 16
 */
export function linearI8(
  y: usize, yStep: usize, W: usize, scales: usize, groups: i32, x: usize, xStep: usize, columns: usize, tokens: i32,
  first: i32, end: i32,
): void {
  if (RELAXED) byPanels(y, yStep, W, scales, groups, x, xStep, columns, tokens, first, end);
  else byBlocks(y, yStep, W, scales, groups, x, xStep, columns, tokens, first, end);
}

/**
 * Quantises every 32 numbers of each row for `linearI4`.
 *
 * @param bytes bytes of a row of x, a multiple of 128
 */
export function quantizeGroups(y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  if (RELAXED) quantizeGroupsTo8(y, yStep, x, xStep, rows, bytes);
  else quantizeGroupsTo16(y, yStep, x, xStep, rows, bytes);
}

/**
 * y = W x for each token.
 *
 * @param W as `packI4` packs it
 * @param fours groups of four outputs, of which two are a group of W
 * @param x rows as `quantizeGroups` makes them
 * @param columns columns of W, a multiple of 32
 */
export function linearI4(
  y: usize, yStep: usize, W: usize, fours: i32, x: usize, xStep: usize, columns: usize, tokens: i32,
): void {
  if (RELAXED) byFourTokens(y, yStep, W, fours, x, xStep, columns, tokens);
  else byTwoTokens(y, yStep, W, fours, x, xStep, columns, tokens);
}
