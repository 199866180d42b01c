/** Where {@linkcode Progress} goes, and what it takes the time from. */
export interface ProgressOutput {
  /** Whether lines can be written over. */
  readonly isTerminal: boolean;
  write(text: string): void;
  /** Milliseconds from any moment on. */
  now(): number;
}

const BAR_CELLS = 24;
/** Milliseconds between two looks of the bar. */
const REDRAW_MS = 100;
/** Without a terminal there is a line each time that so much more is done. */
const LINE_PERCENT = 10;
const CLEAR_LINE = "\r\x1b[2K";

/**
 * How far a long task is, how fast it goes and how long it will take: a bar on a terminal, a line every 10 % elsewhere.
 *
 * @example
 * ```ts
 * const progress = new Progress(1_000, "tokens");
 * for (let i = 0; i < 10; i++) progress.advance(100);
 * progress.end();
 * ```
 */
export class Progress {
  readonly #total: number;
  readonly #unit: string;
  readonly #output: ProgressOutput;
  readonly #started: number;
  #done = 0;
  #drawn = -Infinity;
  #nextPercent = LINE_PERCENT;

  /** @param total Units of the whole task. */
  constructor(total: number, unit: string, output: ProgressOutput = standardError()) {
    this.#total = total;
    this.#unit = unit;
    this.#output = output;
    this.#started = output.now();
  }

  /** So many more units are done. */
  advance(units: number): void {
    this.#done += units;
    const { isTerminal, write, now } = this.#output;
    const percent = 100 * this.#done / this.#total;
    if (isTerminal) {
      if (now() - this.#drawn < REDRAW_MS) return;
      this.#drawn = now();
      const filled = Math.floor(BAR_CELLS * this.#done / this.#total);
      const bar = "#".repeat(filled).padEnd(BAR_CELLS, ".");
      write(`${CLEAR_LINE}[${bar}] ${this.#line(Math.floor(percent))}`);
    } else if (percent >= this.#nextPercent && percent < 100) {
      const reached = LINE_PERCENT * Math.floor(percent / LINE_PERCENT);
      this.#nextPercent = reached + LINE_PERCENT;
      write(`${this.#line(reached)}\n`);
    }
  }

  /** Takes the bar away, and says what was done in how much time. */
  end(): void {
    if (this.#output.isTerminal) this.#output.write(CLEAR_LINE);
    const time = duration(this.#seconds());
    this.#output.write(`${this.#done} ${this.#unit} in ${time}, ${this.#rate()}\n`);
  }

  #line(percent: number): string {
    const left = this.#seconds() * (this.#total - this.#done) / this.#done;
    return `${percent} %, ${this.#rate()}, ${duration(left)} left`;
  }

  #rate(): string {
    const rate = this.#done / Math.max(this.#seconds(), 1e-3);
    return `${rate >= 100 ? rate.toFixed(0) : rate.toPrecision(2)} ${this.#unit}/s`;
  }

  #seconds(): number {
    return (this.#output.now() - this.#started) / 1000;
  }
}

/** `1:02:03`, or `2:03` below an hour. */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  const hours = Math.floor(whole / 3600);
  const [first, ...rest] = hours > 0 ? [hours, ...parts] : parts;
  return [first, ...rest.map((part) => `${part}`.padStart(2, "0"))].join(":");
}

function standardError(): ProgressOutput {
  const encoder = new TextEncoder();
  return {
    isTerminal: Deno.stderr.isTerminal(),
    write: (text) => Deno.stderr.writeSync(encoder.encode(text)),
    now: () => performance.now(),
  };
}
