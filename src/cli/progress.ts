/** Where {@linkcode Progress} writes, and its clock. */
export interface ProgressOutput {
  /** Whether lines can be overwritten. */
  readonly isTerminal: boolean;
  write(text: string): void;
  /** Milliseconds from any moment on. */
  now(): number;
}

/** What {@linkcode Progress} may be told besides the total. */
export interface ProgressOptions {
  /** @default standard error */
  readonly output?: ProgressOutput;
  /** Units that were done earlier. They count as done, but not for the rate. @default {0} */
  readonly done?: number;
}

const BAR_CELLS = 24;
/** Milliseconds between two redraws of the bar. */
const REDRAW_MS = 100;
/** Without a terminal, a line is written each time this much more is done. */
const LINE_PERCENT = 10;
const CLEAR_LINE = "\r\x1b[2K";
const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/**
 * The progress of a long task with its rate and the time left: a bar on a terminal, a line every 10 % elsewhere.
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
  readonly #before: number;
  #done: number;
  #drawn = -Infinity;
  #nextPercent: number;

  /**
   * @param total Units of the whole task.
   * @param unit Its plural. `bytes` are shown as kB, MB and so on.
   */
  constructor(
    total: number,
    unit: string,
    { output = standardError(), done = 0 }: ProgressOptions = {},
  ) {
    this.#total = total;
    this.#unit = unit;
    this.#output = output;
    this.#started = output.now();
    this.#before = this.#done = done;
    this.#nextPercent = LINE_PERCENT * (Math.floor(100 * done / total / LINE_PERCENT) + 1);
  }

  /** Units that are done. */
  get done(): number {
    return this.#done;
  }

  /** Adds units that are done. */
  advance(units: number): void {
    this.#done += units;
    const { isTerminal, write, now } = this.#output;
    const percent = 100 * this.#done / this.#total;
    if (isTerminal) {
      if (now() - this.#drawn < REDRAW_MS) return;
      this.#drawn = now();
      const filled = Math.min(BAR_CELLS, Math.floor(BAR_CELLS * this.#done / this.#total));
      const bar = "#".repeat(filled).padEnd(BAR_CELLS, ".");
      write(`${CLEAR_LINE}[${bar}] ${this.#line(Math.floor(percent))}`);
    } else if (percent >= this.#nextPercent && percent < 100) {
      const reached = LINE_PERCENT * Math.floor(percent / LINE_PERCENT);
      this.#nextPercent = reached + LINE_PERCENT;
      write(`${this.#line(reached)}\n`);
    }
  }

  /** Removes the bar, as before a message on the same terminal. */
  clear(): void {
    if (this.#output.isTerminal) this.#output.write(CLEAR_LINE);
    this.#drawn = -Infinity;
  }

  /** Removes the bar, and says how much was done in how much time. */
  end(): void {
    this.clear();
    const time = duration(this.#seconds());
    const done = this.#amount(this.#done - this.#before);
    this.#output.write(`${done} in ${time}, ${this.#rate()}\n`);
  }

  #line(percent: number): string {
    const done = this.#done - this.#before;
    const left = this.#seconds() * Math.max(0, this.#total - this.#done) / done;
    return `${percent} %, ${this.#rate()}, ${duration(left)} left`;
  }

  #rate(): string {
    return `${this.#amount((this.#done - this.#before) / Math.max(this.#seconds(), 1e-3), true)}/s`;
  }

  #amount(amount: number, isRate = false): string {
    if (this.#unit === "bytes") return formatBytes(amount);
    if (!isRate) return `${amount} ${this.#unit}`;
    return `${amount >= 100 ? amount.toFixed(0) : amount.toPrecision(2)} ${this.#unit}`;
  }

  #seconds(): number {
    return (this.#output.now() - this.#started) / 1000;
  }
}

/**
 * Bytes in the unit that fits, of powers of 1000.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(formatBytes(382_223_725), "382 MB");
 * assert.equal(formatBytes(1_693_647_008), "1.69 GB");
 * assert.equal(formatBytes(999_700), "1.00 MB");
 * assert.equal(formatBytes(12), "12 B");
 * ```
 */
export function formatBytes(bytes: number): string {
  let unit = 0;
  // 999.5 and more would be rounded to four digits.
  while (bytes >= 999.5 && unit < BYTE_UNITS.length - 1) {
    bytes /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(bytes) : bytes.toPrecision(3)} ${BYTE_UNITS[unit]}`;
}

/** `1:02:03`, or `2:03` below an hour. Unknown durations are `?`. */
function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
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
