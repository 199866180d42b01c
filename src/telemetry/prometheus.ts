/** The values of a metric's labels, by name. */
export type Labels<Name extends string> = Readonly<Record<Name, string>>;

/** Upper bounds of the buckets of duration histograms, in seconds. */
export const SECONDS: readonly number[] = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5, 10, 30, 60],
];

/** The media type of {@linkcode Registry.text}'s result. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

function escape(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}

/** Formats labels as `{a="1",b="2"}`; the empty string if there are none. */
function formatLabels(labels: Labels<string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** A monotonic sum for each combination of labels. */
export class Counter<Name extends string = never> {
  readonly #sums = new Map<string, number>();

  /** @param amount at least 0 */
  add(amount: number, labels: Labels<Name>): void {
    const key = formatLabels(labels);
    this.#sums.set(key, (this.#sums.get(key) ?? 0) + amount);
  }

  /** The samples, one per line. */
  lines(name: string): string[] {
    return [...this.#sums].map(([labels, sum]) => `${name}${labels} ${sum}`);
  }
}

interface Distribution {
  readonly labels: Labels<string>;
  /** The number of values in each bucket, not cumulative; the last bucket has no upper bound. */
  readonly counts: number[];
  sum: number;
}

/** A distribution of values for each combination of labels. */
export class Histogram<Name extends string = never> {
  readonly #bounds: readonly number[];
  readonly #distributions = new Map<string, Distribution>();

  /** @param bounds upper bounds of the buckets, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  observe(value: number, labels: Labels<Name>): void {
    const key = formatLabels(labels);
    const known = this.#distributions.get(key);
    const own = known ?? { labels, counts: Array(this.#bounds.length + 1).fill(0), sum: 0 };
    if (known === undefined) this.#distributions.set(key, own);
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    own.counts[bucket < 0 ? this.#bounds.length : bucket]!++;
    own.sum += value;
  }

  /** The samples, one per line. */
  lines(name: string): string[] {
    return [...this.#distributions.values()].flatMap(({ labels, counts, sum }) => {
      let count = 0;
      const buckets = counts.map((inside, i) => {
        count += inside;
        const le = `${this.#bounds[i] ?? "+Inf"}`;
        return `${name}_bucket${formatLabels({ ...labels, le })} ${count}`;
      });
      const key = formatLabels(labels);
      return [...buckets, `${name}_sum${key} ${sum}`, `${name}_count${key} ${count}`];
    });
  }
}

/** A registered metric. */
interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** Formats the current samples, given the metric's name. */
  readonly lines: (name: string) => string[];
}

/**
 * A registry of metrics that exports Prometheus' text format.
 *
 * The usual library, prom-client, does not run on Cloudflare Workers: its import needs Node's process, worker and file
 * system modules.
 *
 * Source: Prometheus, "Text-based format", version 0.0.4.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const registry = new Registry();
 * const calls = registry.counter<"of">("calls_total", "Calls.");
 * calls.add(2, { of: "a" });
 * assert.equal(
 *   registry.text(),
 *   '# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total{of="a"} 2\n',
 * );
 * ```
 */
export class Registry {
  readonly #metrics: Metric[] = [];

  counter<Name extends string = never>(name: string, help: string): Counter<Name> {
    const counter = new Counter<Name>();
    this.#metrics.push({ name, help, type: "counter", lines: (name) => counter.lines(name) });
    return counter;
  }

  histogram<Name extends string = never>(
    name: string,
    help: string,
    bounds: readonly number[],
  ): Histogram<Name> {
    const histogram = new Histogram<Name>(bounds);
    this.#metrics.push({ name, help, type: "histogram", lines: (name) => histogram.lines(name) });
    return histogram;
  }

  /** @param value called on each export */
  gauge(name: string, help: string, value: () => number, labels: Labels<string> = {}): void {
    const lines = (name: string) => [`${name}${formatLabels(labels)} ${value()}`];
    this.#metrics.push({ name, help, type: "gauge", lines });
  }

  /**
   * Adds a gauge whose label values are not known in advance.
   *
   * @param values called at each scrape: pairs of label value and gauge value
   */
  gauges(
    name: string,
    help: string,
    label: string,
    values: () => Iterable<[string, number]>,
  ): void {
    const lines = (name: string) =>
      [...values()].map(([own, value]) => `${name}${formatLabels({ [label]: own })} ${value}`);
    this.#metrics.push({ name, help, type: "gauge", lines });
  }

  /** All metrics with their current values. */
  text(): string {
    return this.#metrics.map(({ name, help, type, lines }) =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines(name)].join("\n") + "\n"
    ).join("");
  }
}
