/** Runs something in the next turn of the event loop. */
type Immediate = (task: () => void) => void;

const immediate: Immediate = "Deno" in globalThis || "process" in globalThis
  ? (await import("node:timers")).setImmediate
  : webImmediate();

/**
 * Lets the event loop turn once, so that messages and aborts that have arrived are seen.
 *
 * In Deno the messages of a `MessageChannel` overtake those to a Worker for as long as the thread is busy, and a timer of
 * 0 ms takes up to 2 ms.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => immediate(resolve));
}

/** For browsers, which have no `setImmediate`, and where timers within timers take 4 ms. */
function webImmediate(): Immediate {
  const { port1, port2 } = new MessageChannel();
  const tasks: (() => void)[] = [];
  port1.onmessage = () => tasks.shift()?.();
  return (task) => {
    tasks.push(task);
    port2.postMessage(null);
  };
}
