import type { Run } from "../value.ts";
import type { FollowerSetup, FromFollower, ToFollower } from "./follower_protocol.ts";
import { Meeting, meetingWords } from "./meeting.ts";
import { Pace } from "./pace.ts";
import { ThreadsUnavailableError } from "./thread_error.ts";

/** What {@linkcode Team.start} gives to each thread. */
export type TeamSetup = Omit<FollowerSetup, "type" | "words" | "share">;

/** The threads that compute a model together with the one that leads. */
export class Team {
  readonly #workers: readonly Worker[];
  readonly #meeting: Meeting;
  readonly #pace = new Pace();
  /** The run under way, and when it began. */
  #run = { tokens: 0, began: 0 };

  private constructor(workers: readonly Worker[], meeting: Meeting) {
    this.#workers = workers;
    this.#meeting = meeting;
  }

  /**
   * Starts threads.
   *
   * @param count all of them, with the one that leads
   * @throws {ThreadsUnavailableError}
   */
  static async start(setup: TeamSetup, count: number): Promise<Team> {
    const words = meetingWords();
    const workers: Worker[] = [];
    try {
      await Promise.all(Array.from({ length: count - 1 }, (_, i) => {
        const worker = new Worker(new URL("./follower_main.ts", import.meta.url), {
          type: "module",
        });
        workers.push(worker);
        return setUp(worker, { type: "setup", ...setup, words, share: { index: i + 1, count } });
      }));
    } catch (cause) {
      for (const worker of workers) worker.terminate();
      const why = cause instanceof Error ? cause.message : cause;
      throw new ThreadsUnavailableError(`The threads do not start: ${why}`, { cause });
    }
    return new Team(workers, new Meeting(words, count));
  }

  /**
   * Begins a run, if it is not better to compute it alone.
   *
   * @returns what to wait with for the others after each phase; undefined if they take no part
   * @throws {ThreadFailedError}
   */
  begin(run: Run): (() => void) | undefined {
    this.#run = { tokens: run.tokens, began: performance.now() };
    if (!this.#pace.isTogether(run.tokens)) return undefined;
    if (this.#meeting.begin(run)) {
      for (const worker of this.#workers) send(worker, { type: "run" });
    }
    return this.#meeting.meet;
  }

  /** Says that the run that was begun is done. */
  end(): void {
    const { tokens, began } = this.#run;
    const now = performance.now();
    this.#pace.add(tokens, now - began, now);
  }

  /** Ends the threads. */
  close(): void {
    this.#meeting.end();
    for (const worker of this.#workers) worker.terminate();
  }
}

async function setUp(worker: Worker, setup: ToFollower): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  worker.onmessage = (_: MessageEvent<FromFollower>) => resolve();
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message));
  };
  send(worker, setup);
  await promise;
  // What goes wrong from now on is for whoever handles the errors of this thread.
  worker.onerror = null;
}

function send(worker: Worker, message: ToFollower): void {
  worker.postMessage(message);
}
