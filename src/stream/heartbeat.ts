/** A comment of the format: readers skip it, and it keeps a connection in use. */
const COMMENT = new TextEncoder().encode(": heartbeat\n\n");

/**
 * Adds a comment to a stream of server-sent events whenever its reader has waited for `ms` and nothing came, so that no
 * proxy takes the connection for dead. Reads nothing ahead. There is a timer only while the reader waits: none is left when
 * the stream ends, fails or is cancelled.
 *
 * @param events each chunk is one event
 * @param ms milliseconds; 0 adds nothing
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const slow = new ReadableStream<Uint8Array<ArrayBuffer>>({
 *   start: (controller) => void setTimeout(() => controller.close(), 50),
 * });
 * assert.match(await new Response(withHeartbeat(slow, 10)).text(), /^(: heartbeat\n\n)+$/);
 * ```
 */
export function withHeartbeat(
  events: ReadableStream<Uint8Array<ArrayBuffer>>,
  ms: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (ms === 0) return events;
  const reader = events.getReader();
  let next: ReturnType<typeof reader.read> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const silence = Promise.withResolvers<"silence">();
      timer = setTimeout(() => silence.resolve("silence"), ms);
      try {
        next ??= reader.read();
        const result = await Promise.race([next, silence.promise]);
        // Copied: what is sent may be transferred.
        if (result === "silence") return controller.enqueue(COMMENT.slice());
        next = undefined;
        if (result.done) controller.close();
        else controller.enqueue(result.value);
      } finally {
        clearTimeout(timer);
      }
    },
    async cancel(reason) {
      clearTimeout(timer);
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
