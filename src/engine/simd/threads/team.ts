import type { Kernels } from "../kernels.ts";
import type { Plan } from "../plan.ts";
import type { Helpers } from "../program.ts";
import { Board, boardWords } from "./board.ts";
import type { FollowerSetup, FromFollower, ToFollower } from "./follower_protocol.ts";
import { Leader } from "./leader.ts";
import { Pace } from "./pace.ts";
import { ThreadsUnavailableError } from "./thread_error.ts";

/** What {@linkcode Team.start} gives to each thread. */
export type TeamSetup = Pick<FollowerSetup, "module" | "memory">;

/** The threads that compute a model together with the one that leads. */
export class Team implements Helpers {
  readonly #workers: readonly Worker[];
  readonly #board: Board;
  readonly #leader: Leader;
  readonly #pace = new Pace();

  private constructor(workers: readonly Worker[], board: Board, leader: Leader) {
    this.#workers = workers;
    this.#board = board;
    this.#leader = leader;
  }

  /**
   * Starts threads.
   *
   * @param kernels those of the thread that leads
   * @param count all threads, with the one that leads
   * @throws {ThreadsUnavailableError}
   */
  static async start(kernels: Kernels, setup: TeamSetup, count: number): Promise<Team> {
    const words = boardWords(count);
    const workers: Worker[] = [];
    try {
      await Promise.all(Array.from({ length: count - 1 }, (_, i) => {
        const worker = new Worker(new URL("./follower_main.ts", import.meta.url), {
          type: "module",
        });
        workers.push(worker);
        return setUp(worker, { type: "setup", ...setup, words, share: i + 1 });
      }));
    } catch (cause) {
      for (const worker of workers) worker.terminate();
      const why = cause instanceof Error ? cause.message : cause;
      throw new ThreadsUnavailableError(`The threads do not start: ${why}`, { cause });
    }
    const board = new Board(words);
    return new Team(workers, board, new Leader(board, kernels));
  }

  isTogether(tokens: number): boolean {
    return this.#pace.isTogether(tokens);
  }

  /** @throws {ThreadFailedError} */
  run(plan: Plan): void {
    for (const [i, worker] of this.#workers.entries()) {
      if (this.#board.call(i + 1)) send(worker, { type: "run" });
    }
    this.#leader.run(plan);
  }

  took(tokens: number, began: number): void {
    const now = performance.now();
    this.#pace.add(tokens, now - began, now);
  }

  /** Ends the threads. */
  close(): void {
    this.#leader.end();
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
