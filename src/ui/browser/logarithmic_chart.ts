import { h } from "./dom.ts";
import { svg, svgText } from "./svg.ts";

const [WIDTH, HEIGHT] = [300, 170];
const PLOT = { left: 40, right: 296, top: 6, bottom: 148 } as const;

/** The texts of a chart. */
export interface ChartTexts {
  /** The accessible description. */
  readonly label: string;
  readonly x: string;
  readonly y: string;
}

/** Draws each row of positive values as a line, with a logarithmic y axis. */
export function logarithmicChart(
  rows: readonly (readonly number[])[],
  { label, x, y }: ChartTexts,
): HTMLElement {
  const all = rows.flat();
  const first = Math.floor(Math.log10(Math.min(...all)));
  // Larger values are drawn at a million.
  const last = Math.min(6, Math.max(first + 1, Math.ceil(Math.log10(Math.max(...all)))));
  const placeY = (value: number) => {
    const part = (Math.min(last, Math.log10(value)) - first) / (last - first);
    return PLOT.bottom - part * (PLOT.bottom - PLOT.top);
  };
  const chart = svg("svg", {
    ...{ viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "log-chart", role: "img", "aria-label": label },
  });
  for (let power = first; power <= last; power++) {
    const at = placeY(10 ** power);
    chart.append(
      svg("path", { d: `M${PLOT.left},${at}H${PLOT.right}`, class: "grid" }),
      svgText(PLOT.left - 4, at + 3, short(10 ** power), "end"),
    );
  }
  chart.append(svgText((PLOT.left + PLOT.right) / 2, HEIGHT - 6, x, "middle"));
  rows.forEach((row, i) => {
    const points = row.map((value, at) => {
      const across = PLOT.left + (PLOT.right - PLOT.left) * at / (row.length - 1);
      return `${across.toFixed(1)},${placeY(value).toFixed(1)}`;
    });
    const line = svg("polyline", { points: points.join(" "), stroke: colorOf(i, rows.length) });
    const title = svg("title", {});
    title.textContent = `Layer ${i}`;
    line.append(title);
    chart.append(line);
  });
  const legend = [0, rows.length - 1].map((i) => {
    const line = svg("svg", { viewBox: "0 0 16 4", class: "key", "aria-hidden": "true" });
    line.append(svg("path", { d: "M0,2H16", stroke: colorOf(i, rows.length) }));
    return h("span", {}, line, ` layer ${i}`);
  });
  return h(
    "figure",
    { class: "chart-figure" },
    chart,
    h("figcaption", { class: "dim" }, `${y}; `, ...legend),
  );
}

/** A color scale from blue for the first row to orange for the last. */
function colorOf(i: number, all: number): string {
  return `oklch(0.62 0.15 ${250 - 200 * (all > 1 ? i / (all - 1) : 0)})`;
}

function short(value: number): string {
  return value >= 10_000
    ? value.toLocaleString("en", { notation: "compact" })
    : value.toLocaleString("en");
}
