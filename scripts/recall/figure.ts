import { colour, drawing, GRID, INK, layOutLegend, mark, PLOT, round, text } from "../drawing.ts";
import type { ModelRecall } from "./report.ts";

/** A line of the figure. */
export type FigureSeries = Pick<ModelRecall, "model" | "by_distance">;

/** Room beside the outermost points, so that their markers stay inside. */
const INSET = 24;
/** Ticks nearer to each other than this would run into each other. */
const TICK_GAP = 26;
/** So much to the side lie the points of one model and the next, so that their error bars can be told apart. */
const DODGE = 5;
const CAP = 4;
const PERCENTS = [0, 20, 40, 60, 80, 100] as const;

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

  return drawing("Facts recalled by distance in turns", height, [
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
  ]);
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
