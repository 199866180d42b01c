/**
 * A Markdown table whose first row is its head, with its columns aligned.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const table = markdownTable([["bird", "grams"], ["tern", "110"]]);
 * assert.equal(table, "| bird | grams |\n| ---- | ----- |\n| tern | 110   |");
 * ```
 */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, i) => Math.max(3, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}
