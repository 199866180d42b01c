/**
 * The number of characters to insert, delete, replace or swap with their neighbour to make one text of another
 * (Damerau-Levenshtein, restricted: no part is edited twice).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(editDistance("API_KEY", "API_KEYS"), 1);
 * assert.equal(editDistance("DTAA", "DATA"), 1);
 * ```
 */
export function editDistance(a: string, b: string): number {
  // Row i holds the distances from the first i characters of `a` to each beginning of `b`.
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, rows[i - 1]![j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      }
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
