import { setImmediate } from "node:timers";

/**
 * Lets the event loop turn once, so that messages and aborts that have arrived are seen.
 *
 * A `MessageChannel` would be the web's way, but in Deno its messages overtake those to a Worker for as long as the
 * thread is busy; a timer of 0 ms takes up to 2 ms.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
