import { h } from "./dom.ts";
import { svg, svgText } from "./svg.ts";

const [WIDTH, HEIGHT] = [300, 170];
const PLOT = { left: 46, right: 292, top: 8, bottom: 146 } as const;

/** Grid lines above zero. */
const STEPS = 4;

/** A line of a chart. */
export interface Line {
  readonly name: string;
  /** Its CSS class. */
  readonly style: string;
  /** Pairs of x and y. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** The texts and the range of a chart. */
export interface LineChartOptions {
  /** The accessible description. */
  readonly label: string;
  readonly title: string;
  readonly x: string;
  /** The end of the x axis. */
  readonly end: number;
  /** Formats a value of the y axis. */
  readonly show: (y: number) => string;
}

/** Draws lines from zero, with linear axes. */
export function lineChart(
  lines: readonly Line[],
  { label, title, x, end, show }: LineChartOptions,
): HTMLElement {
  const top = Math.max(
    Number.MIN_VALUE,
    ...lines.flatMap(({ points }) => points.map(([, y]) => y)),
  );
  const across = (x: number) => PLOT.left + (PLOT.right - PLOT.left) * x / end;
  const up = (y: number) => PLOT.bottom - (PLOT.bottom - PLOT.top) * y / top;
  const chart = svg("svg", {
    ...{ viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "log-chart", role: "img", "aria-label": label },
  });
  for (let step = 0; step <= STEPS; step++) {
    const y = top * step / STEPS;
    chart.append(
      svg("path", { d: `M${PLOT.left},${up(y)}H${PLOT.right}`, class: "grid" }),
      svgText(PLOT.left - 4, up(y) + 3, show(y), "end"),
    );
  }
  for (const part of [0, 0.5, 1]) {
    const anchor = part === 0 ? "start" : part === 1 ? "end" : "middle";
    chart.append(
      svgText(across(part * end), PLOT.bottom + 11, (part * end).toLocaleString("en"), anchor),
    );
  }
  chart.append(svgText((PLOT.left + PLOT.right) / 2, HEIGHT - 3, x, "middle"));
  for (const { points, style } of lines) {
    const drawn = points.map(([x, y]) => `${across(x).toFixed(1)},${up(y).toFixed(1)}`);
    chart.append(svg("polyline", { points: drawn.join(" "), class: style }));
  }
  const legend = lines.map(({ name, style }) => {
    const line = svg("path", { d: "M0,2H16", class: style });
    const key = svg("svg", { viewBox: "0 0 16 4", class: "key", "aria-hidden": "true" }, line);
    return h("span", {}, key, ` ${name}`);
  });
  return h(
    "figure",
    { class: "chart-figure" },
    h("figcaption", { class: "dim" }, title, ...legend),
    chart,
  );
}
