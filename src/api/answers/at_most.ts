import type { Turn } from "../../turn/turn.ts";
import type { BeginTurn } from "./choices.ts";

/**
 * Starts of the same turns, of which no more than so many run at a time: each waits until one before it has ended.
 *
 * @param count At least one.
 */
export function atMost(count: number, begins: readonly BeginTurn[]): BeginTurn[] {
  if (begins.length <= count) return [...begins];
  let free = count;
  const waiting = new Set<() => void>();
  const release = () => {
    const [next] = waiting;
    if (next === undefined) return void free++;
    waiting.delete(next);
    next();
  };
  const acquire = async (signal: AbortSignal) => {
    signal.throwIfAborted();
    if (free > 0) {
      free--;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => {
      waiting.delete(resolve);
      reject(signal.reason);
    };
    waiting.add(resolve);
    signal.addEventListener("abort", abort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  };
  return begins.map((begin) => async (signal, watching) => {
    await acquire(signal);
    try {
      const turn = await begin(signal, watching);
      return { ...turn, events: releasing(turn.events, release) };
    } catch (error) {
      release();
      throw error;
    }
  });
}

/** The same events. Releases once they have ended, failed or been cancelled. */
function releasing(events: Turn["events"], release: () => void): Turn["events"] {
  const reader = events.getReader();
  let held = true;
  const done = () => {
    if (held) release();
    held = false;
  };
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done: isDone, value } = await reader.read();
        if (!isDone) return controller.enqueue(value);
        done();
        controller.close();
      } catch (error) {
        done();
        throw error;
      }
    },
    async cancel(reason) {
      done();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
