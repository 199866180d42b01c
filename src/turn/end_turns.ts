import { Failure } from "../failure/failure.ts";
import type { AroundTurns } from "./turn.ts";

/** What the client can do, by whether its answer is stored. */
const ADVICE = {
  stored: "The response is stored: ask for the rest of it again, here or elsewhere.",
  unstored: "The answer is not stored: ask again.",
} as const;

/** The server stops before an answer is complete. */
export class ServerStoppingError extends Failure {
  override readonly name = "ServerStoppingError";
  override readonly category = "unavailable";
  override readonly code = "server_stopping";

  readonly #answer: keyof typeof ADVICE;

  /** @param answer whether another server can continue it */
  constructor(answer: keyof typeof ADVICE) {
    super("The server stopped before the answer was complete");
    this.#answer = answer;
  }

  override get clientMessage(): string {
    return `The server is stopping. ${ADVICE[this.#answer]}`;
  }
}

/** Ends every turn, also queued ones, with {@linkcode ServerStoppingError} when the signal aborts. */
export function endTurns(stopping: AbortSignal): AroundTurns {
  return (begin) => async (request) => {
    const stopped = new AbortController();
    const stop = () => stopped.abort(new ServerStoppingError("unstored"));
    const release = () => stopping.removeEventListener("abort", stop);
    stopping.addEventListener("abort", stop);
    if (stopping.aborted) stop();
    try {
      const signal = AbortSignal.any([request.signal, stopped.signal]);
      const turn = await begin({ ...request, signal });
      turn.events.watch({ onOver: release });
      return turn;
    } catch (error) {
      release();
      throw error;
    }
  };
}
