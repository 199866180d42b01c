/** Bytes of a field of `/proc/self/status`, or `undefined` where there is no such file. */
function procStatus(field: string): number | undefined {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const [, kibibytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Megabytes (10^6 bytes) of this process in memory now, garbage that was not collected yet included. */
export function residentMegabytes(): number {
  return (procStatus("VmRSS") ?? Deno.memoryUsage().rss) / 1e6;
}

/**
 * Watches the peak memory of this process: the kernel's own figure where it tells it (Linux), otherwise the largest of
 * samples taken whenever the event loop runs.
 */
export class PeakMemory implements Disposable {
  #sampled = 0;
  readonly #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    if (procStatus("VmHWM") === undefined) this.#timer = setInterval(() => this.#sample(), 50);
  }

  /** Megabytes (10^6 bytes). */
  megabytes(): number {
    this.#sample();
    return (procStatus("VmHWM") ?? this.#sampled) / 1e6;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    this.#sampled = Math.max(this.#sampled, Deno.memoryUsage().rss);
  }
}
