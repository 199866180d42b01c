import * as plainI4 from "./linear_i4";
import * as relaxedI4 from "./linear_i4_relaxed";
import * as plainI8 from "./linear_i8";
import * as relaxedI8 from "./linear_i8_relaxed";

/*
 * Products with weights of 8 and of 4 bits: those with the relaxed dot product where it is compiled for, and otherwise those
 * that give the same bits without. What is not taken is not compiled.
 */

export function quantize(y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) relaxedI8.quantize(y, yStep, x, xStep, rows, bytes);
  else plainI8.quantize(y, yStep, x, xStep, rows, bytes);
}

export function linearI8(
  y: usize, yStep: usize, W: usize, scales: usize, groups: i32, x: usize, xStep: usize, columns: usize, tokens: i32,
  first: i32, end: i32,
): void {
  if (ASC_FEATURE_RELAXED_SIMD) relaxedI8.linearI8(y, yStep, W, scales, groups, x, xStep, columns, tokens, first, end);
  else plainI8.linearI8(y, yStep, W, scales, groups, x, xStep, columns, tokens, first, end);
}

export function quantizeGroups(y: usize, yStep: usize, x: usize, xStep: usize, rows: i32, bytes: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) relaxedI4.quantizeGroups(y, yStep, x, xStep, rows, bytes);
  else plainI4.quantizeGroups(y, yStep, x, xStep, rows, bytes);
}

export function linearI4(
  y: usize, yStep: usize, W: usize, groups: i32, x: usize, xStep: usize, columns: usize, tokens: i32,
): void {
  if (ASC_FEATURE_RELAXED_SIMD) relaxedI4.linearI4(y, yStep, W, groups, x, xStep, columns, tokens);
  else plainI4.linearI4(y, yStep, W, groups, x, xStep, columns, tokens);
}
