/** The program was ended by Ctrl-C or by the system. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  /** What a shell reports of a program that the signal ended. */
  readonly exitCode: number;
  constructor(signal: keyof typeof EXIT_CODES) {
    super(`Ended by ${signal}`);
    this.exitCode = EXIT_CODES[signal];
  }
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Aborts with {@linkcode InterruptedError} at the first SIGINT or SIGTERM. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => controller.abort(new InterruptedError(signal)));
  }
  return controller.signal;
}
