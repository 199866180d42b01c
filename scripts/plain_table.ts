/** A column of a plain table. */
export interface Column {
  readonly head: string;
  readonly align: "left" | "right";
}

/**
 * Lays out a table in columns as wide as their widest cell, two spaces apart.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const columns = [{ head: "bird", align: "left" }, { head: "grams", align: "right" }] as const;
 * assert.equal(plainTable(columns, [["tern", "110"]]), "bird  grams\ntern    110");
 * ```
 */
export function plainTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [columns.map(({ head }) => head), ...rows];
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => cells[i]!.length)));
  return lines.map((cells) =>
    cells.map((cell, i) =>
      columns[i]!.align === "left" ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)
    ).join("  ").trimEnd()
  ).join("\n");
}
