/** Thrown when time is faked twice or restored twice, or the start time is invalid. */
export class TimeError extends Error {
  override readonly name = "TimeError";
}

interface Timer {
  readonly callback: (...args: unknown[]) => void;
  readonly args: readonly unknown[];
  /** Milliseconds between two calls of an interval; `undefined` for a timeout. */
  readonly interval: number | undefined;
  due: number;
}

const real = {
  Date: globalThis.Date,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
};

let active: FakeTime | undefined;

const realSignalTimeout = AbortSignal.timeout;

/**
 * Replaces `Date`, `setTimeout`, `clearTimeout`, `setInterval`, `clearInterval` and `AbortSignal.timeout` with versions
 * whose clock moves only when it is advanced.
 *
 * @example
 * ```ts
 * import { FakeTime } from "@std/testing/time";
 * import assert from "node:assert/strict";
 *
 * using time = new FakeTime();
 * let fired = false;
 * setTimeout(() => fired = true, 1_000);
 * time.tick(999);
 * assert.equal(fired, false);
 * time.tick(1);
 * assert.equal(fired, true);
 * ```
 */
export class FakeTime implements Disposable {
  readonly #start: number;
  readonly #timers: Map<number, Timer> = new Map();
  #now: number;
  #lastId = 0;

  /**
   * @param start The initial fake time. Default: the real time.
   * @throws {TimeError} If time is already faked, or `start` is not a valid date.
   */
  constructor(start?: number | string | Date | null) {
    if (active) throw new TimeError("Cannot construct FakeTime: time is already faked");
    this.#start = new real.Date(start ?? real.Date.now()).valueOf();
    if (Number.isNaN(this.#start)) {
      throw new TimeError("Cannot construct FakeTime: invalid start time");
    }
    this.#now = this.#start;
    active = this;
    Object.assign(globalThis, this.#fakes());
    AbortSignal.timeout = (ms) => {
      const controller = new AbortController();
      const reason = new DOMException("Signal timed out.", "TimeoutError");
      setTimeout(() => controller.abort(reason), ms);
      return controller.signal;
    };
  }

  /** The fake time, in milliseconds since the epoch. Setting it runs the timers that are due by then, in order. */
  get now(): number {
    return this.#now;
  }
  set now(value: number) {
    if (value < this.#now) throw new RangeError("Cannot set fake time backwards");
    for (let next = this.#next(); next && next[1].due <= value; next = this.#next()) {
      const [id, timer] = next;
      this.#now = Math.max(this.#now, timer.due);
      this.#timers.delete(id);
      if (timer.interval !== undefined) {
        timer.due += timer.interval;
        this.#timers.set(id, timer);
      }
      timer.callback(...timer.args);
    }
    this.#now = value;
  }

  /** The initial fake time, in milliseconds since the epoch. */
  get start(): number {
    return this.#start;
  }

  /** Advances time by `ms` milliseconds and runs the timers that are due. */
  tick(ms = 0): void {
    this.now += ms;
  }

  /** Runs the pending microtasks, then {@linkcode tick}. */
  async tickAsync(ms = 0): Promise<void> {
    await this.runMicrotasks();
    this.tick(ms);
  }

  /** Advances time to the next timer. Returns whether there was one. */
  next(): boolean {
    const next = this.#next();
    if (next) this.now = Math.max(this.#now, next[1].due);
    return next !== undefined;
  }

  /** Runs the pending microtasks, then {@linkcode next}. */
  async nextAsync(): Promise<boolean> {
    await this.runMicrotasks();
    return this.next();
  }

  /** Advances time from timer to timer until none is left. */
  runAll(): void {
    while (this.next());
  }

  /** {@linkcode nextAsync} until no timer is left. */
  async runAllAsync(): Promise<void> {
    while (this.#timers.size > 0) await this.nextAsync();
  }

  /** Waits, in real time, until the pending microtasks have run. */
  async runMicrotasks(): Promise<void> {
    await this.delay(0);
  }

  /** Waits for `ms` milliseconds of real time. */
  delay(ms: number): Promise<void> {
    return new Promise((resolve) => real.setTimeout.call(globalThis, resolve, ms));
  }

  /**
   * Restores real time. Pending fake timers never run.
   *
   * @throws {TimeError} If time was already restored.
   */
  restore(): void {
    if (active !== this) throw new TimeError("Cannot restore time: time is already restored");
    active = undefined;
    Object.assign(globalThis, real);
    AbortSignal.timeout = realSignalTimeout;
  }

  [Symbol.dispose](): void {
    this.restore();
  }

  /** The timer that is due first; of timers due together, the one set first. */
  #next(): [number, Timer] | undefined {
    let first: [number, Timer] | undefined;
    for (const entry of this.#timers) {
      if (!first || entry[1].due < first[1].due) first = entry;
    }
    return first;
  }

  #fakes(): Record<keyof typeof real, unknown> {
    const now = () => this.#now;
    const set = (repeat: boolean) => (callback: Timer["callback"], ms = 0, ...args: unknown[]) => {
      const delay = Math.max(repeat ? 1 : 0, Math.floor(ms) || 0);
      this.#timers.set(++this.#lastId, {
        callback,
        args,
        interval: repeat ? delay : undefined,
        due: this.#now + delay,
      });
      return this.#lastId;
    };
    const clear = (id?: number) => {
      if (id !== undefined) this.#timers.delete(id);
    };
    return {
      Date: new Proxy(real.Date, {
        apply: () => new real.Date(now()).toString(),
        construct: (target, args, newTarget) =>
          Reflect.construct(target, args.length > 0 ? args : [now()], newTarget),
        get: (target, key, receiver) => key === "now" ? now : Reflect.get(target, key, receiver),
      }),
      setTimeout: set(false),
      clearTimeout: clear,
      setInterval: set(true),
      clearInterval: clear,
    };
  }
}
