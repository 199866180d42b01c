/**
 * What the figures of the documentation, which are SVG documents, have in common.
 *
 * @module
 */

const WIDTH = 720;
/** Where the plot of a figure is. */
export const PLOT = { left: 72, right: 696, height: 320 } as const;
const LEGEND_ROW = 22;

/** Text and axes. */
export const INK = "#222222";
/** Lines behind the plot. */
export const GRID = "#e3e3e3";
/** Told apart by the colour-blind too. Source: Okabe and Ito, "Color Universal Design", 2008. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"] as const;
/** Marks around the origin. */
const MARKS = [
  "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z",
  "M-4,-4H4V4H-4Z",
  "M0,-5L5,4H-5Z",
  "M0,-5.5L5.5,0L0,5.5L-5.5,0Z",
] as const;

/** An SVG document. */
export function drawing(title: string, height: number, elements: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
    `role="img" font-family="system-ui, sans-serif" font-size="13" fill="${INK}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...elements,
    "</svg>",
    "",
  ].join("\n");
}

/** Marks and names in rows above the plot. */
export function layOutLegend(names: readonly string[]): { elements: string[]; height: number } {
  let left: number = PLOT.left;
  let row = 0;
  const elements = names.flatMap((name, i) => {
    // A letter of this font is 7 wide on average.
    const width = 54 + 7 * name.length;
    if (left > PLOT.left && left + width > PLOT.right) {
      left = PLOT.left;
      row++;
    }
    const middle = 20 + LEGEND_ROW * row;
    const entry = [
      `<path d="M${left},${middle}h24" stroke="${colour(i)}" stroke-width="2"/>`,
      mark(i, left + 12, middle),
      text(left + 30, middle + 4, name, "start"),
    ];
    left += width;
    return entry;
  });
  return { elements, height: LEGEND_ROW * (row + 1) };
}

/** The mark of a series at a point. */
export function mark(i: number, x: number, y: number): string {
  const d = MARKS[i % MARKS.length]!;
  return `<path transform="translate(${x},${y})" d="${d}" fill="${colour(i)}" stroke="#ffffff"/>`;
}

/** The colour of a series. */
export function colour(i: number): string {
  return COLOURS[i % COLOURS.length]!;
}

/** A text at a point. */
export function text(
  x: number,
  y: number,
  content: string,
  anchor: "start" | "middle" | "end",
): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
}

/** A text for the content of an element. */
export function escapeXml(content: string): string {
  return content.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A coordinate, to a tenth. */
export function round(coordinate: number): number {
  return Math.round(coordinate * 10) / 10;
}
