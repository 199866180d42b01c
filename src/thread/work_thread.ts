/** A job as it is sent to the thread. */
export interface Job<Task> {
  readonly id: number;
  readonly task: Task;
}

/** What comes back: the result of a job, or why there is none. */
export type JobReply<Result> =
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly error: string };

/** A thread failed at a job, or died. */
export class WorkThreadError extends Error {
  override readonly name = "WorkThreadError";
}

/** Milliseconds without a job after which the thread is ended, to free its memory. */
const IDLE_MS = 60_000;

/**
 * A Worker that does one job after another, so that long computations do not block the thread that asks for them.
 *
 * The Worker is started with the first job, and ended when it has had none for a minute. Its module answers messages
 * with {@linkcode answerJobs}.
 */
export class WorkThread<Task, Result> {
  readonly #module: URL;
  readonly #idleMs: number;
  readonly #jobs = new Map<number, PromiseWithResolvers<Result>>();
  #worker: Worker | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #count = 0;

  constructor(module: URL, { idleMs = IDLE_MS }: { readonly idleMs?: number } = {}) {
    this.#module = module;
    this.#idleMs = idleMs;
  }

  /** Whether the Worker is there. */
  get running(): boolean {
    return this.#worker !== undefined;
  }

  /**
   * Does a job.
   *
   * @throws {WorkThreadError} if the thread failed
   */
  async run(task: Task): Promise<Result> {
    clearTimeout(this.#idle);
    const worker = this.#worker ??= this.#start();
    const id = this.#count++;
    const job = Promise.withResolvers<Result>();
    this.#jobs.set(id, job);
    worker.postMessage({ id, task } satisfies Job<Task>);
    return await job.promise;
  }

  /** Ends the thread. Jobs under way fail. */
  close(): void {
    this.#end("the thread was closed");
  }

  #start(): Worker {
    const worker = new Worker(this.#module, { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<JobReply<Result>>) => {
      const job = this.#jobs.get(data.id);
      this.#jobs.delete(data.id);
      if ("result" in data) job?.resolve(data.result);
      else job?.reject(new WorkThreadError(data.error));
      if (this.#jobs.size === 0) this.#rest();
    };
    worker.onerror = (event) => {
      event.preventDefault(); // or it would end this thread as well
      this.#end(event.message);
    };
    return worker;
  }

  #rest(): void {
    this.#idle = setTimeout(() => this.#end("the thread was idle"), this.#idleMs);
  }

  #end(reason: string): void {
    clearTimeout(this.#idle);
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const job of this.#jobs.values()) job.reject(new WorkThreadError(reason));
    this.#jobs.clear();
  }
}
