import { z } from "zod";
import { WEIGHT_FORMATS } from "../../src/engine/simd/weight_format.ts";

/** What one process measured: the samples of one quantity. */
export const seriesSchema = z.strictObject({
  /** What was measured. */
  bench: z.string(),
  /** What ran the model, or `none` where none did. */
  engine: z.enum(["ort", "native", "simd", "none"]),
  /** What its matrices are kept in. */
  weights: z.enum(WEIGHT_FORMATS),
  model: z.string(),
  threads: z.int().min(1),
  /** Sequences of one forward pass. */
  batch: z.int().min(1),
  unit: z.string(),
  samples: z.array(z.number()).min(1),
});

/** What one process measured: the samples of one quantity. */
export type Series = z.infer<typeof seriesSchema>;

/** A series in two numbers. `p10` is the 10th percentile of the values: the slow end of a rate, the fast end of a time. */
export type BenchResult = Omit<Series, "samples"> & {
  readonly median: number;
  readonly p10: number;
  /** The median over that of onnxruntime-web in float32, if it was measured as well. */
  readonly to_ort: number | null;
};

/** Sums up series: those of several processes that measured the same are one. */
export function summarize(series: readonly Series[]): BenchResult[] {
  const same = Map.groupBy(series, ({ samples: _, ...what }) => JSON.stringify(what));
  const results = [...same.values()].map((parts) => {
    const { samples: _, ...what } = parts[0]!;
    const samples = parts.flatMap((part) => part.samples);
    return { ...what, median: quantile(samples, 0.5), p10: quantile(samples, 0.1) };
  });
  return results.map((result) => {
    const ort = results.find((other) =>
      other.engine === "ort" && other.weights === "f32" && result.engine !== "none" &&
      other.bench === result.bench &&
      other.model === result.model && other.batch === result.batch
    );
    return { ...result, to_ort: ort === undefined ? null : result.median / ort.median };
  });
}

/**
 * The value below which a share of the samples lies, interpolated between neighbours.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
 * ```
 */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  const high = sorted[Math.ceil(at)]!;
  return low + (high - low) * (at - Math.floor(at));
}
