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
  /** Whether y is on a logarithmic axis; all y are above 0 then. @default {false} */
  readonly logarithmic?: boolean;
  readonly lines: readonly Line[];
}

/** At least so many parts of an axis, and at most about twice as many. */
const MIN_TICKS = 4;
/** Marks on a line, at most. */
const MAX_MARKS = 9;

/** Draws lines as an SVG document, on axes that begin at 0 where they are not logarithmic. */
export function lineChart({ title, x, y, lines, logarithmic = false }: LineChart): string {
  const legend = layOutLegend(lines.map(({ name }) => name));
  const top = 20 + legend.height;
  const bottom = top + PLOT.height;
  const all = lines.flatMap(({ points }) => points);
  const horizontal = axis(Math.max(...all.map((point) => point.x)));
  const vertical = (logarithmic ? logarithmicAxis : linearAxis)(all.map((point) => point.y));
  const placeX = (value: number) =>
    round(PLOT.left + (PLOT.right - 24 - PLOT.left) * value / horizontal.end);
  const placeY = (value: number) => round(bottom - PLOT.height * vertical.part(value));
  return drawing(title, bottom + 60, [
    ...legend.elements,
    ...vertical.ticks.flatMap((tick) => [
      `<path d="M${PLOT.left},${placeY(tick)}H${PLOT.right}" ` +
      `stroke="${tick === vertical.ticks[0] ? INK : GRID}"/>`,
      text(PLOT.left - 8, placeY(tick) + 4, vertical.label(tick), "end"),
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

/** Ticks, and how far up the axis a value is: 0 at its beginning, 1 at its end. */
interface Axis {
  readonly ticks: readonly number[];
  part(value: number): number;
  label(tick: number): string;
}

function linearAxis(values: readonly number[]): Axis {
  const { ticks, end } = axis(Math.max(...values));
  return { ticks, part: (value) => value / end, label: (tick) => tick.toLocaleString("en") };
}

/** Powers of ten that enclose the values. */
function logarithmicAxis(values: readonly number[]): Axis {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  return {
    ticks,
    part: (value) => (Math.log10(value) - first) / (last - first),
    // 10 million has no room beside the axis.
    label: (tick) => tick.toLocaleString("en", tick < 10_000 ? {} : { notation: "compact" }),
  };
}
