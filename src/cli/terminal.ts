import { styleText } from "node:util";

/** Where a command writes its result. Notices go to standard error with {@linkcode notice}. */
export interface Output {
  /** Whether whoever reads is a terminal that shows colours and wants them. */
  readonly hasColour: boolean;
  write(text: string): void;
}

type Style = Parameters<typeof styleText>[0];

/** Standard output. In colour on a terminal, unless `NO_COLOR` is set. */
export function standardOutput(): Output {
  const encoder = new TextEncoder();
  return {
    hasColour: Deno.stdout.isTerminal() && !Deno.noColor,
    write(text) {
      const bytes = encoder.encode(text);
      for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
    },
  };
}

/** Writes a line for the person at the terminal to standard error, so that results can be piped. */
export function notice(line: string): void {
  console.error(line);
}

/** A text in a style, if the output shows colours. */
export function paint(output: Output, style: Style, text: string): string {
  return output.hasColour ? styleText(style, text, { validateStream: false }) : text;
}

/** Writes a value as JSON, as `--json` asks. */
export function writeJson(output: Output, value: unknown): void {
  output.write(`${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Rows as columns of equal width, two spaces apart.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(columns([["a", "1"], ["long", "2"]]), "a     1\nlong  2\n");
 * ```
 */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  const line = (row: readonly string[]) =>
    row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd();
  return rows.map((row) => `${line(row)}\n`).join("");
}
