import type { RunStart } from "../tree/run.ts";
import type { Turn, TurnEvent } from "../turn/turn.ts";

/**
 * Reads a turn, whose first event is being made from the beginning: while its response is being filed, say. No second one
 * is made before the first is taken.
 */
export class TurnReader {
  /** Where the turn begins. */
  readonly start: RunStart;
  readonly #events: ReadableStreamDefaultReader<TurnEvent>;
  #first: Promise<ReadableStreamReadResult<TurnEvent>> | undefined;

  constructor({ start, events }: Turn) {
    this.start = start;
    this.#events = events.getReader();
    this.#first = this.#events.read();
    // Whoever takes it is told, and there may be nobody.
    this.#first.catch(() => {});
  }

  /**
   * The next event, or `undefined` after the last.
   *
   * @throws why the turn failed
   */
  async next(): Promise<TurnEvent | undefined> {
    const first = this.#first;
    this.#first = undefined;
    return (await (first ?? this.#events.read())).value;
  }

  /** Ends the turn, in the middle if need be, and waits until nothing is done for it any more. */
  async cancel(reason?: unknown): Promise<void> {
    // One that has failed has ended.
    await this.#events.cancel(reason).catch(() => {});
  }
}
