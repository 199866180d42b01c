import { ARCHITECTURES, type Run } from "./job.ts";
import { type Line, type LineChart, lineChart } from "./line_chart.ts";

/** The runs that figures are drawn from. */
export interface Measured {
  /** One of each architecture: many tokens. */
  readonly long: readonly Run[];
  /** Several sizes of each architecture, of few tokens. */
  readonly sizes: readonly Run[];
}

/** The figures as SVG documents, by the names of their files. */
export function charts({ long, sizes }: Measured): ReadonlyMap<string, string> {
  const { n_layer, n_embd, vocab_size } = long[0]!.shape;
  const shape = `${n_layer} layers, ${n_embd} wide, ${vocab_size} tokens in the vocabulary`;
  const overTokens = (point: (point: Run["points"][number]) => number): Line[] =>
    long.map(({ architecture, points }) => ({
      name: architecture,
      points: points.map((each) => ({ x: each.tokens, y: point(each) })),
    }));
  const bySize = (value: (run: Run) => number): Line[] =>
    ARCHITECTURES.map((name) => ({
      name,
      points: sizes.filter(({ architecture }) => architecture === name)
        .map((run) => ({ x: run.parameters / 1e6, y: value(run) }))
        .sort((a, b) => a.x - b.x),
    })).filter(({ points }) => points.length > 0);
  const tokens = sizes[0]?.tokens ?? 0;
  const figures: Record<string, LineChart> = {
    "time_by_tokens.svg": {
      title: `Time against tokens generated: ${shape}`,
      x: "tokens generated",
      y: "seconds in all",
      lines: overTokens(({ seconds }) => seconds),
    },
    "memory_by_tokens.svg": {
      title: `Memory of the process against tokens generated: ${shape}`,
      x: "tokens generated",
      y: "MB of the process",
      lines: overTokens(({ resident }) => resident),
    },
    "held_by_tokens.svg": {
      title: `What is held of a conversation against tokens generated: ${shape}`,
      x: "tokens generated",
      y: "MB of state, or of keys and values",
      lines: overTokens(({ held }) => held / 1e6),
    },
    "time_by_size.svg": {
      title: `Time a token against model size, the mean of ${tokens} tokens`,
      x: "million parameters",
      y: "milliseconds a token",
      lines: bySize(({ points }) => points.at(-1)!.seconds * 1000 / points.at(-1)!.tokens),
    },
    "memory_by_size.svg": {
      title: `Memory of the process against model size, after ${tokens} tokens`,
      x: "million parameters",
      y: "MB of the process",
      lines: bySize(({ points }) => Math.max(...points.map(({ resident }) => resident))),
    },
  };
  return new Map(Object.entries(figures).map(([file, chart]) => [file, lineChart(chart)]));
}

/** From how many tokens on a run has taken longer in all than another, or `undefined` if it never has. */
export function crossing(run: Run, other: Run): number | undefined {
  let crossed: number | undefined;
  for (const [i, { tokens, seconds }] of run.points.entries()) {
    const isSlower = tokens > 0 && seconds > other.points[i]!.seconds;
    if (!isSlower) crossed = undefined;
    else crossed ??= tokens;
  }
  return crossed;
}
