import type { BenchResult } from "./series.ts";

const COLUMNS = [
  ...["bench", "model", "engine", "weights", "batch"] as const,
  ...["median", "p10", "unit", "to_ort"] as const,
] as const;
const WIDTHS = {
  bench: 32,
  model: 12,
  engine: 6,
  weights: 7,
  batch: 5,
  median: 10,
  p10: 10,
  unit: 8,
  to_ort: 6,
} as const;

/** Columns of text, which begin at the left. */
const LEFT: ReadonlySet<string> = new Set(["bench", "model", "engine", "weights", "unit"]);

/** The head of the table. Rows are written as they come, so its widths are fixed. */
export const TABLE_HEAD: string = line((column) => column);

/** A row of the table. */
export function tableRow(result: BenchResult): string {
  return line((column) => {
    if (column === "to_ort") return result.to_ort?.toFixed(2) ?? "";
    return column === "median" || column === "p10"
      ? significant(result[column])
      : `${result[column]}`;
  });
}

function line(cell: (column: (typeof COLUMNS)[number]) => string): string {
  return COLUMNS.map((column) => {
    const isText = LEFT.has(column);
    return isText ? cell(column).padEnd(WIDTHS[column]) : cell(column).padStart(WIDTHS[column]);
  }).join("  ").trimEnd();
}

/** Four significant digits, but whole numbers in full. */
function significant(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(4);
}
