import { untilAborted } from "./until_aborted.ts";

/**
 * Waits for `ms` milliseconds.
 *
 * @throws the signal's reason if it aborts first
 */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  try {
    await untilAborted(promise, signal);
  } finally {
    clearTimeout(timer);
  }
}
