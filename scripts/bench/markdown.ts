import { SERVED, type Variant, VARIANTS } from "./job.ts";
import { markdownTable } from "../markdown_table.ts";
import type { BenchResult } from "./series.ts";

/** What the engines are called in the documentation. */
const ENGINE_NAMES = {
  ort: "onnxruntime-web",
  native: "onnxruntime-node",
  simd: "simd",
} as const satisfies Record<Variant["engine"], string>;

/** A row of a table: a quantity. */
interface Row {
  readonly name: string;
  readonly bench: string;
  readonly batch: number;
  /** Whether a ratio to onnxruntime-web says something. */
  readonly ratio: boolean;
}

const ROWS: readonly Row[] = [
  { name: "cold start to the first token, ms", bench: "cold start, first token", batch: 1 },
  { name: "load, ms", bench: "load", batch: 1 },
  { name: "decode, tokens/s", bench: "decode", batch: 1, ratio: true },
  { name: "limit by memory bandwidth, tokens/s", bench: "decode, memory limit", batch: 1 },
  { name: "decode, batch of 8, tokens/s", bench: "decode", batch: 8, ratio: true },
  { name: "prefill of 64, tokens/s", bench: "prefill 64", batch: 1, ratio: true },
  { name: "prefill of 256, tokens/s", bench: "prefill 256", batch: 1, ratio: true },
  { name: "peak memory in decode, MB", bench: "decode, peak memory", batch: 1 },
].map((row) => ({ ratio: false, ...row }));

/** What {@linkcode SERVED} is held against: the best that another engine reaches, whatever its weights. */
const RIVALS = ["ort", "native"] as const;

/** The results as tables for docs/benchmarks.md: one for each model, and one of ratios to the best of other engines. */
export function markdownTables(results: readonly BenchResult[]): string {
  const models = [...new Set(results.map(({ model }) => model))];
  return models.flatMap((model) => {
    const own = results.filter((result) => result.model === model);
    return [modelTable(model, own), bestTable(model, own)];
  }).filter((table) => table !== "").join("\n\n");
}

function modelTable(model: string, results: readonly BenchResult[]): string {
  const variants = VARIANTS.filter(({ engine, weights }) =>
    results.some((result) => result.engine === engine && result.weights === weights)
  );
  const rows = ROWS.map(({ name, bench, batch, ratio }) => {
    const cells = variants.map((variant) => {
      const result = find(results, bench, batch, variant);
      if (result === undefined) return "";
      const value = number(result.median);
      const isFirst = result.to_ort === 1;
      return ratio && result.to_ort !== null && !isFirst
        ? `${value} (${result.to_ort.toFixed(1)})`
        : value;
    });
    return [name, ...cells];
  }).filter(([, ...cells]) => cells.some((cell) => cell !== ""));
  if (rows.length === 0) return "";
  const head = variants.map(({ engine, weights }) => `${ENGINE_NAMES[engine]} ${weights}`);
  return markdownTable([[model, ...head], ...rows]);
}

/** How many times as fast as the best of each other engine. */
function bestTable(model: string, results: readonly BenchResult[]): string {
  const rows = ROWS.filter(({ ratio }) => ratio).flatMap(({ name, bench, batch }) => {
    const served = find(results, bench, batch, SERVED);
    if (served === undefined) return [];
    const cells = RIVALS.map((engine) => {
      const rates = results.filter((result) =>
        result.engine === engine && result.bench === bench && result.batch === batch
      ).map(({ median }) => median);
      return rates.length === 0 ? "" : (served.median / Math.max(...rates)).toFixed(2);
    });
    return [[name.replace(/, tokens\/s$/, ""), ...cells]];
  });
  if (rows.length === 0) return "";
  const head = `${model}: ${SERVED.engine} ${SERVED.weights} to the best of`;
  return markdownTable([[head, ...RIVALS.map((engine) => ENGINE_NAMES[engine])], ...rows]);
}

function find(
  results: readonly BenchResult[],
  bench: string,
  batch: number,
  { engine, weights }: Variant,
): BenchResult | undefined {
  return results.find((result) =>
    result.bench === bench && result.batch === batch && result.weights === weights &&
    (result.engine === engine || result.engine === "none")
  );
}

/** Three significant digits, but whole numbers in full. */
function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : `${Number(value.toPrecision(3))}`;
}
