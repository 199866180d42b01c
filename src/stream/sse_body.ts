import { encodeEvent, encodeRetry, type SseMessage } from "./sse.ts";

/** An SSE comment. Readers skip it; it keeps the connection from looking idle. */
const COMMENT = new TextEncoder().encode(": heartbeat\n\n");

/** The source of a reply's events. */
export interface SseSource {
  /** The next events, each encoded. Undefined: end of stream. */
  next(): Promise<readonly Uint8Array<ArrayBuffer>[] | undefined>;
  /** Releases everything after the reader has left before the end. */
  leave(reason: unknown): Promise<void>;
}

/**
 * Server-sent events as the body of a reply, one event per chunk. Nothing is read ahead, so a client that stops reading
 * stops its source.
 *
 * After `heartbeatMs` without an event a waiting reader gets a comment, so that proxies do not close the connection as
 * idle. The timer runs only while the reader waits.
 *
 * @param heartbeatMs milliseconds; 0 disables heartbeats
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const source = {
 *   next: () => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 50)),
 *   leave: () => Promise.resolve(),
 * };
 * assert.match(await new Response(sseBody(source, 10)).text(), /^(: heartbeat\n\n)+$/);
 * ```
 */
export function sseBody(
  source: SseSource,
  heartbeatMs: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next: ReturnType<SseSource["next"]> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const silence = Promise.withResolvers<"silence">();
      if (heartbeatMs > 0) timer = setTimeout(() => silence.resolve("silence"), heartbeatMs);
      try {
        for (;;) {
          next ??= source.next();
          const events = await Promise.race([next, silence.promise]);
          // Copied, because the runtime may transfer the buffer.
          if (events === "silence") return controller.enqueue(COMMENT.slice());
          next = undefined;
          if (events === undefined) return controller.close();
          for (const event of events) controller.enqueue(event);
          if (events.length > 0) return;
        }
      } finally {
        clearTimeout(timer);
      }
    },
    async cancel(reason) {
      clearTimeout(timer);
      await source.leave(reason);
    },
  }, { highWaterMark: 0 });
}

/** A source of events that are already available. */
export function listedEvents(events: readonly SseMessage[]): SseSource {
  let rest = events;
  return {
    next() {
      const next = rest.map(encodeEvent);
      rest = [];
      return Promise.resolve(next.length > 0 ? next : undefined);
    },
    leave: () => Promise.resolve(),
  };
}

/** Options of {@linkcode eventSource}. */
export interface EventSourceOptions {
  /** The reconnection delay that readers are told, in milliseconds. Absent: the reader's default. */
  readonly retryMs?: number | undefined;
  /** Aborted when the reader leaves, to end the generator's running step. */
  readonly left?: AbortController;
}

/** A source of events from a generator. */
export function eventSource(
  events: AsyncGenerator<SseMessage, void>,
  { retryMs, left }: EventSourceOptions = {},
): SseSource {
  let retry = retryMs;
  return {
    async next() {
      if (retry !== undefined) {
        const first = encodeRetry(retry);
        retry = undefined;
        return [first];
      }
      const { done, value } = await events.next();
      return done ? undefined : [encodeEvent(value)];
    },
    async leave(reason) {
      left?.abort(reason);
      await events.return();
    },
  };
}
