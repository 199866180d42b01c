/** Numbers of tokens of one answer's prompt. */
export interface Reading {
  /** Tokens that were read, since the state had not read them yet. */
  readonly read: number;
  /** All tokens of the prompt. */
  readonly all: number;
}

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [280, 90];

/** Plots the total number of tokens read over the turns, with and without the stored state. */
export function readingChart(turns: readonly Reading[]): SVGSVGElement {
  const sums = (of: keyof Reading) => {
    let sum = 0;
    return [0, ...turns.map((turn) => sum += turn[of])];
  };
  const most = Math.max(1, ...sums("all"));
  const points = (values: readonly number[]) =>
    values.map((value, index) =>
      `${(index / turns.length) * WIDTH},${HEIGHT - (value / most) * (HEIGHT - 4) - 2}`
    ).join(" ");
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("class", "chart");
  svg.setAttribute("role", "img");
  svg.setAttribute(
    "aria-label",
    `After ${turns.length} answers ${
      sums("read").at(-1)
    } tokens were read; without a stored state it would be ${sums("all").at(-1)}.`,
  );
  for (const series of ["all", "read"] as const) {
    const line = document.createElementNS(SVG, "polyline");
    line.setAttribute("points", points(sums(series)));
    line.setAttribute("class", series);
    svg.append(line);
  }
  return svg;
}
