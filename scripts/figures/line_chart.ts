import { colour, drawing, GRID, INK, layOutLegend, mark, PLOT, round, text } from "../drawing.ts";

/** A line of a chart. */
export interface Line {
  readonly name: string;
  /** By rising x, none negative. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** What a chart shows. */
export interface LineChart {
  readonly title: string;
  /** What the axes measure, with the unit. */
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

/** At least so many parts of an axis, and at most about twice as many. */
const MIN_TICKS = 4;
/** Marks on a line, at most. */
const MAX_MARKS = 9;

/** Draws lines on axes that begin at 0, as an SVG document. */
export function lineChart({ title, x, y, lines }: LineChart): string {
  const legend = layOutLegend(lines.map(({ name }) => name));
  const top = 20 + legend.height;
  const bottom = top + PLOT.height;
  const all = lines.flatMap(({ points }) => points);
  const horizontal = axis(Math.max(...all.map((point) => point.x)));
  const vertical = axis(Math.max(...all.map((point) => point.y)));
  const placeX = (value: number) =>
    round(PLOT.left + (PLOT.right - 24 - PLOT.left) * value / horizontal.end);
  const placeY = (value: number) => round(bottom - PLOT.height * value / vertical.end);
  return drawing(title, bottom + 60, [
    ...legend.elements,
    ...vertical.ticks.flatMap((tick) => [
      `<path d="M${PLOT.left},${placeY(tick)}H${PLOT.right}" stroke="${tick === 0 ? INK : GRID}"/>`,
      text(PLOT.left - 8, placeY(tick) + 4, tick.toLocaleString("en"), "end"),
    ]),
    ...horizontal.ticks.flatMap((tick) => [
      `<path d="M${placeX(tick)},${bottom}v5" stroke="${INK}"/>`,
      text(placeX(tick), bottom + 20, tick.toLocaleString("en"), "middle"),
    ]),
    text((PLOT.left + PLOT.right) / 2, bottom + 46, x, "middle"),
    `<g transform="rotate(-90)">${text(-(top + bottom) / 2, 20, y, "middle")}</g>`,
    ...lines.flatMap(({ points }, i) => {
      const placed = points.map((point) => ({ x: placeX(point.x), y: placeY(point.y) }));
      const path = placed.map((point) => `${point.x},${point.y}`).join(" ");
      const every = Math.ceil(placed.length / MAX_MARKS);
      return [
        `<polyline points="${path}" stroke="${colour(i)}" fill="none" stroke-width="2"/>`,
        ...placed.filter((_, at) => (placed.length - 1 - at) % every === 0)
          .map((point) => mark(i, point.x, point.y)),
      ];
    }),
  ]);
}

/**
 * Round numbers from 0 to the first that is not below `max`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(axis(950).ticks, [0, 200, 400, 600, 800, 1000]);
 * ```
 */
export function axis(max: number): { readonly end: number; readonly ticks: readonly number[] } {
  if (!(max > 0)) return { end: 1, ticks: [0, 1] };
  const power = 10 ** Math.floor(Math.log10(max / MIN_TICKS));
  const step = power * [5, 2, 1].find((factor) => factor * power * MIN_TICKS <= max)!;
  const count = Math.ceil(max / step - 1e-9);
  const ticks = Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
  return { end: ticks.at(-1)!, ticks };
}
