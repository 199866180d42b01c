import type { Run } from "../value.ts";
import type { FollowerSetup, FromFollower, ToFollower } from "./follower_protocol.ts";
import { Meeting, meetingWords } from "./meeting.ts";
import { ThreadsUnavailableError } from "./thread_error.ts";

/** Threads are judged by how long the leader waited for them in runs of so many milliseconds together. */
const JUDGED_MS = 40;
/** If they were found to be in the way, one thread computes alone for so long before they are tried again: */
const ALONE_MS = 100;
/** and twice as long each time, up to this. */
const MAX_ALONE_MS = 400;
/** The leader may wait so much of what it would take to wait as long as for doing all alone. */
const WAIT_SHARE = 0.8;

/** What {@linkcode Team.start} gives to each thread. */
export type TeamSetup = Omit<FollowerSetup, "type" | "words" | "share">;

/** The threads that compute a model together with the one that leads. */
export class Team {
  readonly #workers: readonly Worker[];
  readonly #meeting: Meeting;
  readonly #pace: Pace;
  /** When the run under way began. */
  #began = 0;

  private constructor(workers: readonly Worker[], meeting: Meeting) {
    this.#workers = workers;
    this.#meeting = meeting;
    this.#pace = new Pace(workers.length + 1);
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
    const now = performance.now();
    if (!this.#pace.isWorthwhile(now)) return undefined;
    this.#began = now;
    if (this.#meeting.begin(run)) {
      for (const worker of this.#workers) send(worker, { type: "run" });
    }
    return this.#meeting.meet;
  }

  /** Says that the run that was begun is done. */
  end(): void {
    this.#pace.add(performance.now(), this.#began, this.#meeting.waited);
    this.#meeting.waited = 0;
  }

  /** Ends the threads. */
  close(): void {
    this.#meeting.end();
    for (const worker of this.#workers) worker.terminate();
  }
}

/**
 * Whether threads help. Where cores are busy with other work, those that compute together wait for one that has no core,
 * again and again, and one alone is faster.
 */
export class Pace {
  /** The share of the time that the leader may wait. */
  readonly #limit: number;
  #total = 0;
  #waited = 0;
  #aloneUntil = -Infinity;
  #aloneMs = ALONE_MS;

  /** @param count threads */
  constructor(count: number) {
    this.#limit = (WAIT_SHARE * (count - 1)) / count;
  }

  /** Whether to compute together now. */
  isWorthwhile(now: number): boolean {
    return now >= this.#aloneUntil;
  }

  /** Takes a run into account, and how long the leader waited in it. */
  add(now: number, began: number, waited: number): void {
    this.#total += now - began;
    this.#waited += waited;
    if (this.#total < JUDGED_MS) return;
    if (this.#waited > this.#limit * this.#total) {
      this.#aloneUntil = now + this.#aloneMs;
      this.#aloneMs = Math.min(2 * this.#aloneMs, MAX_ALONE_MS);
    } else {
      this.#aloneMs = ALONE_MS;
    }
    this.#total = this.#waited = 0;
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
