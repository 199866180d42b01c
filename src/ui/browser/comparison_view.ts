import type { Architecture } from "./comparison/architecture.ts";
import type { CompareOptions, Point } from "./comparison/compare.ts";
import { bytes, count, h } from "./dom.ts";
import { type Line, lineChart } from "./line_chart.ts";

/** The script of the worker. */
const WORKER = "/assets/comparison.js";

/** The number of tokens that are read, and of those between two points. */
const TOKENS = 4096;
const EVERY = 64;

/** The sizes that can be compared. */
const SIZES = [
  { name: "2 layers of 128 channels", sizes: { layers: 2, width: 128, head: 64 } },
  {
    name: "6 layers of 256 channels, as tern-7m: takes minutes",
    sizes: { layers: 6, width: 256, head: 64 },
  },
] as const;

const STYLES: Readonly<Record<Architecture, string>> = {
  "Transformer": "transformer",
  "RWKV-4": "rwkv4",
  "RWKV-7": "rwkv7",
};

/** Runs RWKV and a Transformer of the same size in a worker, and plots time and memory against tokens. */
export class ComparisonView {
  readonly #report: (error: unknown) => void;
  readonly #size = h("select", { "aria-label": "Size" });
  readonly #button = h("button", { type: "button", class: "small primary" });
  readonly #result = h("div", {});
  readonly #status = h("p", { class: "dim", role: "status" });
  readonly element: HTMLDetailsElement;
  #worker: Worker | undefined;
  #points: Point[] = [];
  #frame = 0;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
    SIZES.forEach(({ name }, i) => this.#size.append(h("option", { value: i }, name)));
    this.#button.onclick = () => this.#worker === undefined ? this.start() : this.#stop();
    this.element = h(
      "details",
      {},
      h("summary", {}, "RWKV beside a Transformer, live"),
      h(
        "p",
        { class: "dim" },
        `Reads ${
          count(TOKENS)
        } tokens one after another on this machine. Both have random weights of the same size and use the same code for matrix products, in 32-bit floats on one thread; the time of a token does not depend on the values. The Transformer keeps the keys and values of all tokens, and RWKV keeps one state.`,
      ),
      h("div", { class: "controls" }, this.#size, this.#button),
      this.#result,
      this.#status,
    );
    this.#showButton();
  }

  /** Starts a comparison, unless one is running. */
  start(): void {
    this.element.open = true;
    if (this.#worker !== undefined) return;
    this.#points = [];
    const { sizes } = SIZES[Number(this.#size.value)]!;
    const worker = this.#worker = new Worker(WORKER, { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Point | null>) => {
      if (data === null) return this.#stop();
      this.#points.push(data);
      this.#schedule();
    };
    worker.onerror = () => {
      this.#stop();
      this.#report(new Error("The comparison could not be run."));
    };
    const options: Omit<CompareOptions, "now"> = { sizes, tokens: TOKENS, every: EVERY };
    worker.postMessage(options);
    this.#showButton();
    this.#status.textContent = "Warming up…";
  }

  #stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#showButton();
    this.#schedule();
  }

  #showButton(): void {
    this.#button.textContent = this.#worker === undefined ? "Run the comparison" : "Stop";
    this.#size.disabled = this.#worker !== undefined;
  }

  #schedule(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#show();
    });
  }

  #show(): void {
    if (this.#points.length === 0) {
      this.#status.textContent = "";
      return;
    }
    const runs = Object.entries(STYLES).map(([name, style]) => ({
      name,
      style,
      points: this.#points.filter(({ architecture }) => architecture === name),
    }));
    const lines = (of: "seconds" | "held"): Line[] =>
      runs.map(({ points, ...line }) => ({
        ...line,
        points: [[0, 0], ...points.map((point) => [point.tokens, point[of]] as const)],
      }));
    const summary = runs.map(({ name, points }) => {
      const { seconds = 0, held = 0 } = points.at(-1) ?? {};
      return `${name}: ${seconds.toFixed(1)} s and ${bytes(held)}`;
    }).join("; ");
    const axis = { x: "tokens", end: TOKENS };
    this.#result.replaceChildren(
      lineChart(lines("seconds"), {
        ...axis,
        label: `Seconds against tokens. ${summary}`,
        title: "Seconds in all:",
        show: (y) => y.toFixed(1),
      }),
      lineChart(lines("held"), {
        ...axis,
        label: `Memory for the text against tokens. ${summary}`,
        title: "Memory for the text:",
        show: bytes,
      }),
      table(runs),
    );
    const done = this.#points.at(-1)!.tokens;
    this.#status.textContent = this.#worker === undefined
      ? `${summary}, for ${count(done)} tokens.`
      : "";
  }
}

/** What the charts show, as numbers. */
function table(
  runs: readonly { readonly name: string; readonly points: readonly Point[] }[],
): HTMLElement {
  const cells = ["", "first tokens, ms each", "last tokens, ms each", "memory"];
  return h(
    "table",
    { class: "numbers" },
    h("thead", {}, h("tr", {}, ...cells.map((cell) => h("th", { scope: "col" }, cell)))),
    h(
      "tbody",
      {},
      ...runs.map(({ name, points }) => {
        const [before, last] = [points.at(-2)?.seconds ?? 0, points.at(-1)];
        const each = (seconds: number) => (1000 * seconds / EVERY).toFixed(2);
        return h(
          "tr",
          {},
          h("th", { scope: "row" }, name),
          h("td", {}, each(points[0]?.seconds ?? 0)),
          h("td", {}, each((last?.seconds ?? 0) - before)),
          h("td", {}, bytes(last?.held ?? 0)),
        );
      }),
    ),
  );
}
