import type { BeginAnswer } from "./choices.ts";
import { untilAborted } from "../../stream/until_aborted.ts";

/**
 * Starts of the same turns, of which no more than so many run at a time: each waits until one before it has ended.
 *
 * @param count At least one.
 */
export function atMost(count: number, begins: readonly BeginAnswer[]): BeginAnswer[] {
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
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    await untilAborted(promise, signal, () => waiting.delete(resolve));
  };
  return begins.map((begin) => async (signal, watching) => {
    await acquire(signal);
    try {
      return (await begin(signal, watching)).watch({ onOver: release });
    } catch (error) {
      release();
      throw error;
    }
  });
}
