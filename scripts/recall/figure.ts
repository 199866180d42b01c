import type { ModelRecall } from "./report.ts";

/** A line of the figure. */
export type FigureSeries = Pick<ModelRecall, "model" | "by_distance">;

const WIDTH = 720;
const PLOT = { left: 72, right: 696, height: 320 } as const;
/** Room beside the outermost points, so that their markers stay inside. */
const INSET = 24;
const LEGEND_ROW = 22;
/** Ticks nearer to each other than this would run into each other. */
const TICK_GAP = 26;
/** So much to the side lie the points of one model and the next, so that their error bars can be told apart. */
const DODGE = 5;
const CAP = 4;
const PERCENTS = [0, 20, 40, 60, 80, 100] as const;

const INK = "#222222";
const GRID = "#e3e3e3";
/** Told apart by the colour-blind too. Source: Okabe and Ito, "Color Universal Design", 2008. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"] as const;
/** Marks around the origin. */
const MARKS = [
  "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z",
  "M-4,-4H4V4H-4Z",
  "M0,-5L5,4H-5Z",
  "M0,-5.5L5.5,0L0,5.5L-5.5,0Z",
] as const;

/**
 * Draws recall over distance as an SVG document: a line and its 95 % intervals for each model, distances on an axis of
 * log(1 + distance).
 */
export function recallFigure(series: readonly FigureSeries[]): string {
  const legend = layOutLegend(series.map(({ model }) => model));
  const top = 20 + legend.height;
  const bottom = top + PLOT.height;
  const height = bottom + 60;
  const x = distanceScale(series);
  const y = (percent: number) => bottom - PLOT.height * percent / 100;

  const lines = series.flatMap(({ by_distance }, i) => {
    const dodge = DODGE * (i - (series.length - 1) / 2);
    const points = by_distance.map(({ distance, percent, low, high }) => ({
      x: round(x.place(distance) + dodge),
      y: round(y(percent)),
      low: round(y(low)),
      high: round(y(high)),
    }));
    const bars = points.map(({ x, low, high }) =>
      `M${x},${low}V${high}M${round(x - CAP)},${low}h${2 * CAP}M${round(x - CAP)},${high}h${
        2 * CAP
      }`
    );
    const line = points.map(({ x, y }) => `${x},${y}`).join(" ");
    return [
      `<g stroke="${colour(i)}" fill="none">`,
      `<path d="${bars.join("")}" stroke-opacity="0.55"/>`,
      `<polyline points="${line}" stroke-width="2"/>`,
      "</g>",
      ...points.map(({ x, y }) => mark(i, x, y)),
    ];
  });

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
    `role="img" font-family="system-ui, sans-serif" font-size="13" fill="${INK}">`,
    "<title>Facts recalled by distance in turns</title>",
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...legend.elements,
    ...PERCENTS.flatMap((percent) => [
      `<path d="M${PLOT.left},${y(percent)}H${PLOT.right}" stroke="${
        percent === 0 ? INK : GRID
      }"/>`,
      text(PLOT.left - 8, y(percent) + 4, `${percent} %`, "end"),
    ]),
    ...x.ticks.flatMap((distance) => [
      `<path d="M${round(x.place(distance))},${bottom}v5" stroke="${INK}"/>`,
      text(round(x.place(distance)), bottom + 20, `${distance}`, "middle"),
    ]),
    text((PLOT.left + PLOT.right) / 2, bottom + 46, "turns between fact and question", "middle"),
    `<g transform="rotate(-90)">${text(-(top + bottom) / 2, 20, "facts recalled", "middle")}</g>`,
    ...lines,
    "</svg>",
    "",
  ].join("\n");
}

/** Where a distance lies, and the distances that have room for a tick. */
function distanceScale(series: readonly FigureSeries[]) {
  const all = series.flatMap(({ by_distance }) => by_distance.map(({ distance }) => distance));
  const distances = [...new Set(all)].sort((a, b) => a - b);
  const [first, last] = [Math.log1p(distances[0]!), Math.log1p(distances.at(-1)!)];
  const [left, right] = [PLOT.left + INSET, PLOT.right - INSET];
  const place = (distance: number): number => {
    if (first === last) return (left + right) / 2;
    return left + (right - left) * (Math.log1p(distance) - first) / (last - first);
  };
  const ticks: number[] = [];
  for (const distance of distances) {
    const previous = ticks.at(-1);
    if (previous === undefined || place(distance) - place(previous) >= TICK_GAP) {
      ticks.push(distance);
    }
  }
  return { place, ticks };
}

/** Marks and names in rows above the plot. */
function layOutLegend(models: readonly string[]): { elements: string[]; height: number } {
  let left: number = PLOT.left;
  let row = 0;
  const elements = models.flatMap((model, i) => {
    // A letter of this font is 7 wide on average.
    const width = 54 + 7 * model.length;
    if (left > PLOT.left && left + width > PLOT.right) {
      left = PLOT.left;
      row++;
    }
    const middle = 20 + LEGEND_ROW * row;
    const entry = [
      `<path d="M${left},${middle}h24" stroke="${colour(i)}" stroke-width="2"/>`,
      mark(i, left + 12, middle),
      text(left + 30, middle + 4, model, "start"),
    ];
    left += width;
    return entry;
  });
  return { elements, height: LEGEND_ROW * (row + 1) };
}

function mark(i: number, x: number, y: number): string {
  const d = MARKS[i % MARKS.length]!;
  return `<path transform="translate(${x},${y})" d="${d}" fill="${colour(i)}" stroke="#ffffff"/>`;
}

function colour(i: number): string {
  return COLOURS[i % COLOURS.length]!;
}

function text(x: number, y: number, content: string, anchor: "start" | "middle" | "end"): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
}

function escapeXml(content: string): string {
  return content.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function round(coordinate: number): number {
  return Math.round(coordinate * 10) / 10;
}
