import type { BenchResult } from "./series.ts";

const COLUMNS = ["bench", "model", "threads", "batch", "median", "p10", "unit"] as const;
const WIDTHS = {
  bench: 32,
  model: 12,
  threads: 7,
  batch: 5,
  median: 10,
  p10: 10,
  unit: 8,
} as const;

/** The head of the table. Rows are written as they come, so its widths are fixed. */
export const TABLE_HEAD: string = line((column) => column);

/** A row of the table. */
export function tableRow(result: BenchResult): string {
  return line((column) => {
    const value = result[column];
    return column === "median" || column === "p10" ? significant(result[column]) : `${value}`;
  });
}

function line(cell: (column: (typeof COLUMNS)[number]) => string): string {
  return COLUMNS.map((column) => {
    const isText = column === "bench" || column === "model" || column === "unit";
    return isText ? cell(column).padEnd(WIDTHS[column]) : cell(column).padStart(WIDTHS[column]);
  }).join("  ").trimEnd();
}

/** Four significant digits, but whole numbers in full. */
function significant(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(4);
}
