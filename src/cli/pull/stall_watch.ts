import { TransientPullError } from "./pull_error.ts";

/** Aborts a request when the server has sent nothing for too long. Runs from its construction. */
export class StallWatch implements Disposable {
  readonly #controller = new AbortController();
  readonly #ms: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param ms how long the server may send nothing */
  constructor(ms = 60_000) {
    this.#ms = ms;
    this.start();
  }

  /** Aborts when the time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the request was aborted, if this aborted it. */
  get message(): string | undefined {
    return this.signal.aborted ? `the server sent nothing for ${this.#ms / 1000} s` : undefined;
  }

  /** Starts the time anew. */
  start(): void {
    this.stop();
    this.#timer = setTimeout(() => this.#controller.abort(), this.#ms);
  }

  /** Stops the time, while something else is waited for. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /**
   * Waits for a reply.
   *
   * @throws {TransientPullError} if this aborted it
   * @throws what the reply throws
   */
  async explain<T>(reply: Promise<T>): Promise<T> {
    try {
      return await reply;
    } catch (cause) {
      if (this.message === undefined) throw cause;
      throw new TransientPullError(this.message, undefined, { cause });
    } finally {
      this.stop();
    }
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
