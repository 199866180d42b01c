/*
 * The rows of an activation are the tokens of one sequence after those of another. A table of three i32 a sequence says
 * where each begins, how many tokens it has, and at which address its state lies.
 */

/** Bytes of a sequence in the table. */
export const ENTRY: usize = 12;

// @ts-ignore: decorator
@inline
export function firstRow(entry: usize): i32 {
  return load<i32>(entry);
}

// @ts-ignore: decorator
@inline
export function length(entry: usize): i32 {
  return load<i32>(entry, 4);
}

// @ts-ignore: decorator
@inline
export function state(entry: usize): usize {
  return load<usize>(entry, 8);
}

/**
 * The row before each: the first of a sequence comes after the one at `prev` in its state.
 *
 * @param start the first row to write
 * @param end the first that is not to be written any more
 */
export function tokenShift(
  y: usize, x: usize, xStep: usize, table: usize, count: i32, prev: usize, bytes: usize, start: i32, end: i32,
): void {
  for (let i = 0; i < count; i++, table += ENTRY) {
    const first = firstRow(table);
    const last = min(first + length(table), end);
    for (let row = max(first, start); row < last; row++) {
      const from = row == first ? state(table) + prev : x + <usize> (row - 1) * xStep;
      memory.copy(y + <usize> row * bytes, from, bytes);
    }
  }
}

/** The last row of each sequence. */
export function last(y: usize, x: usize, xStep: usize, table: usize, count: i32, bytes: usize): void {
  for (let i = 0; i < count; i++, table += ENTRY) {
    memory.copy(y, x + <usize> (firstRow(table) + length(table) - 1) * xStep, bytes);
    y += bytes;
  }
}

/** Writes one row a sequence to `to` in its state. */
export function store(x: usize, table: usize, count: i32, to: usize, bytes: usize): void {
  for (let i = 0; i < count; i++, table += ENTRY) {
    memory.copy(state(table) + to, x, bytes);
    x += bytes;
  }
}
